"""A profile's watchlist, history, positions, and what it can go on with."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Response

from apps.kit.app import problems
from apps.kit.pages import Cursor, Limit, PageBody
from apps.profiles.api.use_cases import PROFILE, Own, OwnProfile, UseCases
from apps.profiles.domain.title import TitleId, TitleUnknownError
from apps.profiles.domain.watchlist import NotOnWatchlistError, WatchlistFullError
from apps.profiles.schemas.lists import (
    ListedTitle,
    MoveAsked,
    PositionAsked,
    PositionBody,
    SeenTitle,
)

router = APIRouter(prefix="/profiles/{user_id}/{profile_id}", responses=problems(*PROFILE))


@router.get("/watchlist")
def get_watchlist(
    own: Own, profile_id: OwnProfile, cases: UseCases, limit: Limit = 20, cursor: Cursor = None
) -> PageBody[ListedTitle]:
    """What the profile wants to watch, in its order."""
    page = cases.watching.watchlist(own, profile_id, cursor, limit)
    return PageBody(items=[ListedTitle.of(title) for title in page.items], next=page.next)


@router.put(
    "/watchlist/{title_id}",
    status_code=204,
    responses=problems(TitleUnknownError, WatchlistFullError),
)
def add_to_watchlist(own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases) -> Response:
    """Put a title on top; one that is there keeps its place."""
    cases.watching.add(own, profile_id, TitleId(title_id))
    return Response(status_code=204)


@router.delete("/watchlist/{title_id}", status_code=204)
def remove_from_watchlist(
    own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases
) -> Response:
    """Take a title off the watchlist; harmless for one that is not there."""
    cases.watching.remove(own, profile_id, TitleId(title_id))
    return Response(status_code=204)


@router.post("/watchlist/{title_id}/move", status_code=204, responses=problems(NotOnWatchlistError))
def move_on_watchlist(
    own: Own, profile_id: OwnProfile, title_id: UUID, asked: MoveAsked, cases: UseCases
) -> Response:
    """Put a title right before another, or at the end."""
    before = TitleId(asked.before) if asked.before else None
    cases.watching.move(own, profile_id, TitleId(title_id), before)
    return Response(status_code=204)


@router.get("/history")
def get_history(
    own: Own, profile_id: OwnProfile, cases: UseCases, limit: Limit = 20, cursor: Cursor = None
) -> PageBody[SeenTitle]:
    """What the profile watched, newest first."""
    page = cases.watching.history(own, profile_id, cursor, limit)
    return PageBody(items=[SeenTitle.seen(seen) for seen in page.items], next=page.next)


@router.delete("/history", status_code=204)
def clear_history(own: Own, profile_id: OwnProfile, cases: UseCases) -> Response:
    """Forget everything that the profile watched."""
    cases.watching.forget(own, profile_id, None)
    return Response(status_code=204)


@router.delete("/history/{title_id}", status_code=204)
def remove_from_history(
    own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases
) -> Response:
    """Forget that the profile watched a title, and how far it was."""
    cases.watching.forget(own, profile_id, TitleId(title_id))
    return Response(status_code=204)


@router.get("/continue-watching")
def get_continue_watching(
    own: Own, profile_id: OwnProfile, cases: UseCases, limit: Limit = 20, cursor: Cursor = None
) -> PageBody[SeenTitle]:
    """What the profile has begun and not finished, newest first."""
    page = cases.watching.continuing(own, profile_id, cursor, limit)
    return PageBody(items=[SeenTitle.seen(seen) for seen in page.items], next=page.next)


@router.delete("/continue-watching/{title_id}", status_code=204)
def hide_from_continue_watching(
    own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases
) -> Response:
    """Take a title out of this list until it is watched again; the history keeps it."""
    cases.watching.hide(own, profile_id, TitleId(title_id))
    return Response(status_code=204)


@router.get("/positions/{title_id}", responses=problems(TitleUnknownError))
def get_position(own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases) -> PositionBody:
    """How far the profile is in a title, on whichever device it last was."""
    return PositionBody.of(cases.watching.position(own, profile_id, TitleId(title_id)))


@router.put("/positions/{title_id}", responses=problems(TitleUnknownError))
def put_position(
    own: Own, profile_id: OwnProfile, title_id: UUID, asked: PositionAsked, cases: UseCases
) -> PositionBody:
    """How far a device is, or was while it was offline; the newest of all devices is the answer."""
    ago = timedelta(seconds=asked.seconds_ago)
    return PositionBody.of(
        cases.watching.place(own, profile_id, TitleId(title_id), asked.position_seconds, ago)
    )
