"""The door's table of routes, who may use each, and which requests are refused unread."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.kit.errors import ServiceError, TooManyError
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


class Rate(StrEnum):
    """Kinds of requests that share a bucket."""

    READ = "read"
    WRITE = "write"
    PLAY = "play"
    SIGN_IN = "sign-in"
    OPEN = "open"  # not limited: small, the same for all, and asked for by machines


@dataclass(frozen=True)
class Quota:
    """A bucket of `burst` requests that is filled at `per_minute`."""

    per_minute: int
    burst: int

    @property
    def each_microseconds(self) -> int:
        """How long one request takes to be filled up again."""
        return round(60_000_000 / self.per_minute)

    @property
    def window_seconds(self) -> int:
        """How long an empty bucket takes to be full."""
        return max(1, round(self.burst * 60 / self.per_minute))

    def times(self, factor: int) -> "Quota":
        """The same for so many households."""
        return Quota(self.per_minute * factor, self.burst * factor)

    def divided(self, share: int) -> "Quota":
        """A part of it."""
        return Quota(max(1, self.per_minute // share), max(1, self.burst // share))


@dataclass(frozen=True)
class Drawn:
    """What became of one request at its buckets."""

    short: int | None
    wait_seconds: float
    ended: bool
    left: Sequence[int]
    full_seconds: Sequence[float]


# Of one user, and of one network, behind which a household or an office may be.
QUOTAS = {
    Rate.READ: (Quota(1200, 300), Quota(6000, 1200)),
    Rate.WRITE: (Quota(600, 120), Quota(1200, 240)),
    Rate.PLAY: (Quota(120, 60), Quota(600, 240)),
    Rate.SIGN_IN: (Quota(30, 20), Quota(60, 40)),
}
# Without the shared buckets each process gives a fifth: there are seldom more processes.
STRICT = 5


class QuotaExceededError(TooManyError):
    """One request too many; the headers say when to come back."""

    type = "quota-exceeded"
    title = "Too many requests"

    def __init__(self, rate: Rate, wait_seconds: float, headers: Mapping[str, str]) -> None:
        super().__init__("wait before the next request", members={"violated-policies": [str(rate)]})
        self.headers = {**headers, "Retry-After": str(max(1, math.ceil(wait_seconds)))}


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
    rate: Rate
    # Whether a session that has ended must not get through, even when nobody can tell.
    sensitive: bool = False

    def pattern(self) -> re.Pattern[str]:
        """What a request's path must look like; a parameter is one non-empty segment."""
        return re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", self.path.replace(".", r"\.")) + "$")


def _routes(
    service: str, audience: Audience, *operations: str, sensitive: bool = False
) -> list[Route]:
    split = (operation.split(" ") for operation in operations)
    return [
        Route(method, path, service, audience, _rate(service, audience, method, path), sensitive)
        for method, path in split
    ]


def _rate(service: str, audience: Audience, method: str, path: str) -> Rate:
    if (service, audience) == ("auth", Audience.PUBLIC):
        return Rate.OPEN if path.startswith("/.well-known/") else Rate.SIGN_IN
    if service == "playback":
        return Rate.PLAY
    return Rate.READ if method == "GET" else Rate.WRITE


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
        "GET /auth/oauth/{provider}/start",
        "POST /auth/oauth/{provider}/callback",
        "POST /auth/passkeys/login/options",
        "POST /auth/passkeys/login/verify",
        "POST /auth/device/code",
        "POST /auth/device/token",
        "POST /auth/mfa/totp/verify",
        "POST /auth/mfa/recovery",
        "POST /auth/password/forgot",
        "POST /auth/password/reset",
        "GET /.well-known/jwks.json",
    ),
    *_routes(
        "auth",
        Audience.SIGNED_IN,
        "GET /auth/me",
        "GET /auth/passkeys",
        "GET /auth/identities",
        "POST /auth/device/look",
        "POST /auth/device/approve",
        "GET /auth/sessions",
        "DELETE /auth/sessions",
        "DELETE /auth/sessions/{session_id}",
        "POST /auth/logout-all",
    ),
    *_routes(
        "auth",
        Audience.SIGNED_IN,
        "GET /auth/me/export",
        "DELETE /auth/me",
        "POST /auth/step-up",
        "POST /auth/password/change",
        "POST /auth/oauth/{provider}/link/start",
        "POST /auth/oauth/{provider}/link",
        "POST /auth/passkeys/register/options",
        "POST /auth/passkeys/register/verify",
        "DELETE /auth/passkeys/{passkey_id}",
        "POST /auth/mfa/totp/enrol",
        "POST /auth/mfa/totp/confirm",
        "DELETE /auth/mfa/totp",
        "POST /auth/mfa/recovery/renew",
        sensitive=True,
    ),
    *_routes("auth", Audience.OPERATOR, "PUT /auth/users/{user_id}/roles", sensitive=True),
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
    *_routes("playback", Audience.OPERATOR, "PUT /playback/entitlements/{user_id}", sensitive=True),
    *_routes("playback", Audience.PLAYER, "POST /drm/{system}"),
)
