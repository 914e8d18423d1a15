"""Playback over HTTP, for viewers' players."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from apps.kit.app import problems
from apps.kit.errors import ForbiddenError, UnauthorizedError, UnavailableError
from apps.kit.identity import Anyone, Caller, Operator, SignedIn
from apps.kit.work import idempotency
from apps.playback.domain import (
    PLANS,
    LicenceRefusedError,
    NotEntitledError,
    NotPlayableError,
    PlaybackTokenError,
    SessionId,
    SessionNotFoundError,
    TooManyStreamsError,
    UserId,
    VideoId,
    Viewer,
)
from apps.playback.schemas import EntitlementBody, PlanAsked, Position, StartAsked, TicketBody
from apps.playback.service.holdings import Holdings
from apps.playback.service.streams import Streams

router = APIRouter(tags=["playback"])
_STREAM = (UnauthorizedError, SessionNotFoundError, TooManyStreamsError, UnavailableError)


@dataclass(frozen=True)
class PlaybackUseCases:
    """What the routes lead to, and what answers need besides."""

    streams: Streams
    holdings: Holdings
    media_url: str
    clearkey: bool


def _use_cases(request: Request) -> PlaybackUseCases:
    cases: PlaybackUseCases = request.app.state.use_cases
    return cases


UseCases = Annotated[PlaybackUseCases, Depends(_use_cases)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def _viewer(caller: Caller) -> Viewer:
    return Viewer(UserId(caller.user_id), caller.profile_id, caller.max_age)


@router.post(
    "/playback/{video_id}/sessions",
    status_code=201,
    responses=problems(*_STREAM, NotPlayableError, NotEntitledError),
)
def start_session(
    video_id: UUID, asked: StartAsked, caller: SignedIn, cases: UseCases, key: Key = None
) -> TicketBody:
    """Open a playback session: entitlement, stream lease, signed manifests, licence token."""
    once = idempotency(caller.user_id, key, "start_session", video_id, asked.device)
    ticket = cases.streams.start(_viewer(caller), VideoId(video_id), asked.device, once)
    return TicketBody.of(ticket, cases.media_url, cases.clearkey)


@router.get("/playback/{video_id}/manifest", responses=problems(*_STREAM, NotPlayableError))
def get_manifest(
    video_id: UUID, session_id: Annotated[UUID, Query()], caller: SignedIn, cases: UseCases
) -> TicketBody:
    """A running session's addresses again, with fresh tokens."""
    ticket = cases.streams.ticket(_viewer(caller), VideoId(video_id), SessionId(session_id))
    return TicketBody.of(ticket, cases.media_url, cases.clearkey)


@router.post(
    "/playback/sessions/{session_id}/heartbeat", responses=problems(*_STREAM, NotPlayableError)
)
def heartbeat(session_id: UUID, asked: Position, caller: SignedIn, cases: UseCases) -> TicketBody:
    """Still playing, and how far: holds the lease and answers with fresh tokens."""
    position = asked.position_seconds
    ticket = cases.streams.heartbeat(_viewer(caller), SessionId(session_id), position)
    return TicketBody.of(ticket, cases.media_url, cases.clearkey)


@router.delete("/playback/sessions/{session_id}", status_code=204, responses=problems(*_STREAM))
def stop_session(session_id: UUID, caller: SignedIn, cases: UseCases) -> Response:
    """Stop playing and give the lease back."""
    cases.streams.stop(UserId(caller.user_id), SessionId(session_id))
    return Response(status_code=204)


async def _challenge(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/drm/{system}",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}}, "description": "A licence"},
        **problems(PlaybackTokenError, LicenceRefusedError, UnavailableError),
    },
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}}},
)
def get_licence(
    system: Annotated[str, Path(pattern="^(clearkey|widevine|playready|fairplay)$")],
    challenge: Annotated[bytes, Depends(_challenge)],
    cases: UseCases,
    _: Anyone,
    token: Annotated[str, Header(alias="X-Playback-Token", max_length=2000)] = "",
) -> Response:
    """A licence for the keys that the session may have; show its playback token as a bearer."""
    licence, media_type = cases.streams.licence(system, token, challenge)
    return Response(licence, media_type=media_type, headers={"Cache-Control": "no-store"})


@router.put(
    "/playback/entitlements/{user_id}", responses=problems(UnauthorizedError, ForbiddenError)
)
def grant_plan(user_id: UUID, asked: PlanAsked, _: Operator, cases: UseCases) -> EntitlementBody:
    """Give an account a plan, until billing says otherwise; operators only."""
    granted = cases.holdings.grant(UserId(user_id), PLANS[asked.plan], "operator")
    return EntitlementBody(user_id=user_id, plan=granted.plan.name, source=granted.source)
