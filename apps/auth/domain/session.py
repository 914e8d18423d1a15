"""Sign-in sessions, and the rules of refresh tokens."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import NewType
from uuid import UUID

from apps.auth.domain.user import UserId
from apps.kit.errors import ForbiddenError, NotFoundError, UnauthorizedError

SessionId = NewType("SessionId", UUID)

ACCESS_LIFE = timedelta(minutes=5)
IDLE_LIFE = timedelta(days=30)
ABSOLUTE_LIFE = timedelta(days=90)
# A lost answer is repeated within this; only for the generation just before the present one.
GRACE = timedelta(seconds=10)
SESSIONS_MOST = 10
# What changes how somebody signs in asks for a proof that is younger than this.
FRESH = timedelta(minutes=10)


class RefreshRefusedError(UnauthorizedError):
    """The refresh token is unknown, used, expired or revoked."""

    type = "refresh-refused"
    title = "Sign in again"


class SessionNotFoundError(NotFoundError):
    """No such session, or somebody else's."""

    type = "session-not-found"


class StaleSignInError(ForbiddenError):
    """The sign-in is too old for this; show the proof again."""

    type = "step-up-needed"
    title = "Show your password again"


class Proof(StrEnum):
    """How somebody showed who they are: the names of RFC 8176, and some of our own."""

    PASSWORD = "pwd"  # noqa: S105 - the RFC's name
    MAIL = "mail"
    OTP = "otp"
    RECOVERY = "recovery"
    DEVICE = "device"
    PASSKEY = "hwk"
    FEDERATED = "fed"


class Refresh(Enum):
    """What presenting a refresh token leads to."""

    ROTATE = auto()
    REPEAT = auto()
    REUSED = auto()
    DEAD = auto()


@dataclass(frozen=True)
class Client:
    """Where a request came from, as the gateway saw it."""

    address: str = "0.0.0.0"  # noqa: S104 - nobody listens there; it stands for "not known"
    device: str = "unknown device"

    @property
    def network(self) -> str:
        """Who shares one limit: an IPv4 address, or an IPv6 network of a household (/64)."""
        return _network(self.address, 32, 64)

    @property
    def prefix(self) -> str:
        """As much of the address as its owner is shown, and we keep: /24, or /48."""
        return _network(self.address, 24, 48)


@dataclass(frozen=True)
class Session:
    """One sign-in on one device: a family of refresh tokens, of which one generation is good."""

    id: SessionId
    user_id: UserId
    generation: int
    rotated_at: datetime
    created_at: datetime
    authenticated_at: datetime
    device: str
    ip_prefix: str = ""
    proofs: tuple[Proof, ...] = (Proof.PASSWORD,)
    revoked_at: datetime | None = None
    revoke_reason: str | None = None

    def judge(self, generation: int, now: datetime) -> Refresh:
        """What a token of `generation` gets at `now`."""
        if not self.alive(now):
            return Refresh.DEAD
        if generation == self.generation:
            return Refresh.ROTATE
        if generation == self.generation - 1 and now - self.rotated_at <= GRACE:
            return Refresh.REPEAT
        return Refresh.REUSED

    def alive(self, now: datetime) -> bool:
        """Whether it is neither ended, nor forgotten for too long, nor too old."""
        idle = now - self.rotated_at > IDLE_LIFE
        return not (self.revoked_at or idle or now - self.created_at > ABSOLUTE_LIFE)

    def rotated(self, now: datetime) -> "Session":
        """The session with its next generation."""
        return replace(self, generation=self.generation + 1, rotated_at=now)

    def revoked(self, reason: str, now: datetime) -> "Session":
        """The session, ended; the first reason stays."""
        if self.revoked_at is not None:
            return self
        return replace(self, revoked_at=now, revoke_reason=reason)

    def proved(self, proof: Proof, now: datetime) -> "Session":
        """The session after its owner showed a proof once more."""
        proofs = tuple(sorted({*self.proofs, proof}))
        return replace(self, proofs=proofs, authenticated_at=now)

    def check_fresh(self, now: datetime) -> None:
        """StaleSignInError unless its owner showed a proof just now."""
        if now - self.authenticated_at > FRESH:
            raise StaleSignInError("sign in again, or POST /auth/step-up, and ask once more")


def surplus(sessions: Sequence[Session], now: datetime) -> Sequence[Session]:
    """Those that have to go so that one more may come: the ones used least lately."""
    living = sorted((s for s in sessions if s.alive(now)), key=lambda s: s.rotated_at)
    return living[: max(0, len(living) - SESSIONS_MOST + 1)]


def _network(address: str, short: int, long: int) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    bits = short if found.version == 4 else long
    return str(ipaddress.ip_network(f"{found}/{bits}", strict=False))
