"""A profile's ratings, and what is not for it."""

from uuid import UUID

from fastapi import APIRouter

from apps.kit.app import problems
from apps.kit.pages import Cursor, Limit, PageBody
from apps.profiles.api.use_cases import PROFILE, Own, OwnProfile, UseCases
from apps.profiles.domain.title import TitleId, TitleUnknownError
from apps.profiles.schemas.lists import ListedTitle, OpinionBody, RatedTitle, RatingAsked

router = APIRouter(prefix="/profiles/{user_id}/{profile_id}", responses=problems(*PROFILE))
_TITLE = problems(TitleUnknownError)


@router.get("/ratings")
def get_ratings(
    own: Own, profile_id: OwnProfile, cases: UseCases, limit: Limit = 20, cursor: Cursor = None
) -> PageBody[RatedTitle]:
    """What the profile rated."""
    page = cases.opinions.opinions(own, profile_id, cursor, limit, dismissed=False)
    return PageBody(items=[RatedTitle.rated(rated) for rated in page.items], next=page.next)


@router.put("/ratings/{title_id}", responses=_TITLE)
def rate_title(
    own: Own, profile_id: OwnProfile, title_id: UUID, asked: RatingAsked, cases: UseCases
) -> OpinionBody:
    """Rate a title by stars, a thumb, or both."""
    return OpinionBody.of(
        cases.opinions.rate(own, profile_id, TitleId(title_id), asked.stars, asked.thumb)
    )


@router.delete("/ratings/{title_id}", responses=_TITLE)
def remove_rating(own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases) -> OpinionBody:
    """Take a rating back."""
    return OpinionBody.of(cases.opinions.rate(own, profile_id, TitleId(title_id), None, None))


@router.get("/not-for-me")
def get_not_for_me(
    own: Own, profile_id: OwnProfile, cases: UseCases, limit: Limit = 20, cursor: Cursor = None
) -> PageBody[ListedTitle]:
    """What is not to be suggested to the profile."""
    page = cases.opinions.opinions(own, profile_id, cursor, limit, dismissed=True)
    return PageBody(items=[ListedTitle.of(each.title) for each in page.items], next=page.next)


@router.put("/not-for-me/{title_id}", responses=_TITLE)
def dismiss_title(own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases) -> OpinionBody:
    """Do not suggest a title any more."""
    return OpinionBody.of(
        cases.opinions.dismiss(own, profile_id, TitleId(title_id), not_for_me=True)
    )


@router.delete("/not-for-me/{title_id}", responses=_TITLE)
def welcome_title(own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases) -> OpinionBody:
    """Suggest a title again."""
    return OpinionBody.of(
        cases.opinions.dismiss(own, profile_id, TitleId(title_id), not_for_me=False)
    )
