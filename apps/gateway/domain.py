"""The door's table of routes, who may use each, and which requests are refused unread."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.kit.errors import ServiceError
from apps.kit.identity import Role


class AmbiguousRequestError(ServiceError):
    """Two readers could understand this request in two ways."""

    type = "ambiguous-request"
    title = "The request can be read in two ways"


class MethodNotAllowedError(ServiceError):
    """The path exists, but not with this method."""

    status = 405
    type = "method-not-allowed"
    title = "Not with this method"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"allowed: {', '.join(allowed)}")
        self.headers = {"Allow": ", ".join(allowed)}


class Audience(StrEnum):
    """Who may use a route."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    STUDIO = "studio"
    OPERATOR = "operator"
    PLAYER = "player"  # shows a playback token, which the gateway passes on unread


NEEDED = {
    Audience.STUDIO: frozenset({Role.STUDIO, Role.OPERATOR}),
    Audience.OPERATOR: frozenset({Role.OPERATOR}),
}


@dataclass(frozen=True)
class Route:
    """One operation of one service."""

    method: str
    path: str
    service: str
    audience: Audience

    def pattern(self) -> re.Pattern[str]:
        """What a request's path must look like; a parameter is one non-empty segment."""
        return re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", self.path.replace(".", r"\.")) + "$")


def _routes(service: str, audience: Audience, *operations: str) -> list[Route]:
    split = (operation.split(" ") for operation in operations)
    return [Route(method, path, service, audience) for method, path in split]


ROUTES: Sequence[Route] = (
    *_routes(
        "auth",
        Audience.PUBLIC,
        "POST /auth/signup",
        "POST /auth/email/verify",
        "POST /auth/email/resend",
        "POST /auth/email/login",
        "POST /auth/email/login/verify",
        "POST /auth/login",
        "POST /auth/refresh",
        "POST /auth/logout",
        "POST /auth/password/forgot",
        "POST /auth/password/reset",
        "GET /.well-known/jwks.json",
    ),
    *_routes(
        "auth",
        Audience.SIGNED_IN,
        "GET /auth/me",
        "GET /auth/me/export",
        "DELETE /auth/me",
        "POST /auth/step-up",
        "POST /auth/password/change",
        "GET /auth/sessions",
        "DELETE /auth/sessions",
        "DELETE /auth/sessions/{session_id}",
        "POST /auth/logout-all",
    ),
    *_routes("auth", Audience.OPERATOR, "PUT /auth/users/{user_id}/roles"),
    *_routes(
        "videos",
        Audience.STUDIO,
        "POST /videos",
        "GET /videos",
        "GET /videos/{video_id}",
        "PUT /videos/{video_id}",
        "DELETE /videos/{video_id}",
        "POST /videos/{video_id}/publish",
        "POST /videos/{video_id}/unpublish",
        "POST /videos/{video_id}/uploads",
        "GET /uploads/{upload_id}",
        "DELETE /uploads/{upload_id}",
        "POST /uploads/{upload_id}/parts",
        "POST /uploads/{upload_id}/complete",
    ),
    *_routes(
        "transcoding",
        Audience.STUDIO,
        "GET /transcoding/jobs",
        "GET /transcoding/jobs/{job_id}",
        "POST /transcoding/jobs/{job_id}/retry",
        "POST /transcoding/jobs/{job_id}/cancel",
    ),
    *_routes(
        "catalog",
        Audience.PUBLIC,
        "GET /search",
        "GET /search/suggest",
        "GET /titles",
        "GET /titles/{title_id}",
        "GET /videos/{video_id}/related",
    ),
    *_routes(
        "playback",
        Audience.SIGNED_IN,
        "POST /playback/{video_id}/sessions",
        "GET /playback/{video_id}/manifest",
        "POST /playback/sessions/{session_id}/heartbeat",
        "DELETE /playback/sessions/{session_id}",
    ),
    *_routes("playback", Audience.OPERATOR, "PUT /playback/entitlements/{user_id}"),
    *_routes("playback", Audience.PLAYER, "POST /drm/{system}"),
)
