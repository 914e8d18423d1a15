"""What the door knows of a route: who may use it, how often, and for whom of a household."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from apps.kit.errors import ForbiddenError, ServiceError, TooManyError
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


# Where a browser keeps its session.
COOKIE = "__Host-session"


class CrossSiteError(ForbiddenError):
    """Another site makes a browser ask."""

    type = "cross-site"
    title = "Not from another site"


@dataclass(frozen=True)
class BrowserTokens:
    """What a browser's session holds behind the door; `until` is when the access token ends, in Unix seconds."""

    access: str
    refresh: str
    until: float


class Audience(StrEnum):
    """Who may use a route."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    STUDIO = "studio"
    OPERATOR = "operator"
    PLAYER = "player"  # shows a playback token, which the gateway passes on unread


class Household(StrEnum):
    """What an answer has to do with who of a household asks."""

    NOTHING = "nothing"
    # It depends on the profile: without knowing it nothing is answered.
    LIMITS = "limits"
    # The same, but what plays goes on when nobody can tell.
    LIMITS_IF_KNOWN = "limits, if known"
    # The request may change who acts, or what they may see.
    CHANGES = "changes"


@dataclass(frozen=True)
class Acting:
    """The profile that a session acts as, the age, in years, that its titles may be rated for, and its plan."""

    profile_id: UUID | None
    max_age: int | None
    plan: str


class Rate(StrEnum):
    """Kinds of requests that share a bucket."""

    READ = "read"
    WRITE = "write"
    PLAY = "play"
    SIGN_IN = "sign-in"
    OPEN = "open"  # not limited: small, the same for all, and asked for by machines


class Priority(StrEnum):
    """Who goes first when a service has too much to do."""

    PLAY = "play"
    BROWSE = "browse"
    BACKGROUND = "background"


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
# What a plan is worth: more devices ask for more. Without a plan, or an unknown one: once.
PLAN_FACTORS = {"sd": 1, "hd": 2}
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
    household: Household = Household.NOTHING

    @property
    def priority(self) -> Priority:
        """Films go on, and people get in, before anybody looks around; studios can wait."""
        if self.rate in (Rate.PLAY, Rate.SIGN_IN, Rate.OPEN):
            return Priority.PLAY
        return Priority.BACKGROUND if self.audience is Audience.STUDIO else Priority.BROWSE

    def pattern(self) -> re.Pattern[str]:
        """What a request's path must look like; a parameter is one non-empty segment."""
        return re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", self.path.replace(".", r"\.")) + "$")
