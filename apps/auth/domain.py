"""Users, their sessions, and the rules of refresh tokens."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NewType
from uuid import UUID

from apps.kit.errors import NotFoundError, UnauthorizedError
from apps.kit.identity import Role

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)

ACCESS_LIFE = timedelta(minutes=5)
IDLE_LIFE = timedelta(days=30)
ABSOLUTE_LIFE = timedelta(days=90)
# A lost answer is repeated within this; only for the generation just before the present one.
GRACE = timedelta(seconds=10)


class LoginRefusedError(UnauthorizedError):
    """The e-mail or the password is wrong; which one is not said."""

    type = "login-refused"
    title = "The e-mail or the password is wrong"


class RefreshRefusedError(UnauthorizedError):
    """The refresh token is unknown, used, expired or revoked."""

    type = "refresh-refused"
    title = "Sign in again"


class UserNotFoundError(NotFoundError):
    """No such user."""

    type = "user-not-found"


@dataclass(frozen=True)
class User:
    """An account; its id is also that of its household's first profile."""

    id: UserId
    email: str
    password_hash: str
    roles: frozenset[Role]
    created_at: datetime

    def granted(self, roles: frozenset[Role]) -> "User":
        """The user with exactly these roles, and always a viewer."""
        return replace(self, roles=roles | {Role.VIEWER})


class Refresh(Enum):
    """What presenting a refresh token leads to."""

    ROTATE = auto()
    REPEAT = auto()
    REUSED = auto()
    DEAD = auto()


@dataclass(frozen=True)
class Session:
    """One sign-in on one device: a family of refresh tokens, of which one generation is good."""

    id: SessionId
    user_id: UserId
    generation: int
    rotated_at: datetime
    created_at: datetime
    device: str
    revoked_at: datetime | None = None
    revoke_reason: str | None = None

    def judge(self, generation: int, now: datetime) -> Refresh:
        """What a token of `generation` gets at `now`."""
        idle = now - self.rotated_at > IDLE_LIFE
        if self.revoked_at or idle or now - self.created_at > ABSOLUTE_LIFE:
            return Refresh.DEAD
        if generation == self.generation:
            return Refresh.ROTATE
        if generation == self.generation - 1 and now - self.rotated_at <= GRACE:
            return Refresh.REPEAT
        return Refresh.REUSED

    def rotated(self, now: datetime) -> "Session":
        """The session with its next generation."""
        return replace(self, generation=self.generation + 1, rotated_at=now)

    def revoked(self, reason: str, now: datetime) -> "Session":
        """The session, ended; the first reason stays."""
        if self.revoked_at is not None:
            return self
        return replace(self, revoked_at=now, revoke_reason=reason)


@dataclass(frozen=True)
class SigningKey:
    """A key pair for access tokens; the private half only ever lies wrapped."""

    key_id: str
    public_pem: str
    wrapped_private: str
    created_at: datetime


@dataclass(frozen=True)
class TokenPair:
    """What a client holds: a short access token and the refresh token for the next."""

    access: str
    refresh: str
    expires_in_seconds: int


def normal_email(email: str) -> str:
    """The form under which an address is known."""
    return email.strip().casefold()
