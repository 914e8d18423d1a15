"""The device grant (RFC 8628): a television shows a short code, and its owner types it in elsewhere."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from apps.auth.domain.session import Client
from apps.auth.domain.user import UserId
from apps.kit.errors import NotFoundError, ServiceError

LIFE = timedelta(minutes=10)
POLL_SECONDS = 5
# Consonants alone, so that no word comes about (RFC 8628 §6.1): 20^8 codes, of which few live at a time.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8


class DeviceGrantError(ServiceError):
    """The television gets no tokens now; `error` is the word of RFC 8628 §3.5."""

    error = "invalid_grant"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, members={"error": self.error})


class PendingError(DeviceGrantError):
    """Nobody has typed the code in yet."""

    type = "authorization-pending"
    title = "The code has not been entered yet"
    error = "authorization_pending"


class SlowDownError(DeviceGrantError):
    """The television asks too often."""

    type = "slow-down"
    title = "Ask less often"
    error = "slow_down"


class DeniedError(DeviceGrantError):
    """The owner of an account said no."""

    type = "access-denied"
    title = "Not allowed to sign in"
    error = "access_denied"


class ExpiredError(DeviceGrantError):
    """The code is too old, was used, or is none of ours."""

    type = "expired-token"
    title = "The code is no longer good; ask for another"
    error = "expired_token"


class UserCodeNotFoundError(NotFoundError):
    """No television shows this code."""

    type = "user-code-not-found"
    title = "No device shows this code"


class GrantState(StrEnum):
    """How far a television has come."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True)
class DeviceGrant:
    """A television that waits to be let in; of its own secret only the hash is kept."""

    digest: str
    user_code: str
    device: str
    address: str
    expires_at: datetime
    state: GrantState = GrantState.PENDING
    user_id: UserId | None = None
    polled_at: datetime | None = None
    interval_seconds: int = POLL_SECONDS

    @property
    def client(self) -> Client:
        """Where the television is."""
        return Client(self.address, self.device)

    def check_alive(self, now: datetime) -> None:
        """ExpiredError for a code that is too old."""
        if now > self.expires_at:
            raise ExpiredError("ask for another code")

    def polled(self, now: datetime) -> "DeviceGrant":
        """The grant after the television asked once more; one that asks too often has to wait longer."""
        soon = timedelta(seconds=self.interval_seconds)
        if self.polled_at is not None and now - self.polled_at < soon:
            return replace(
                self, polled_at=now, interval_seconds=self.interval_seconds + POLL_SECONDS
            )
        return replace(self, polled_at=now)

    def answered(self, user_id: UserId, *, allow: bool) -> "DeviceGrant":
        """The grant after its owner said yes or no; a second answer changes nothing."""
        if self.state is not GrantState.PENDING:
            raise UserCodeNotFoundError("this code was answered already")
        return replace(
            self, state=GrantState.APPROVED if allow else GrantState.DENIED, user_id=user_id
        )


def normal_code(code: str) -> str:
    """A code as people type it, in the form that we know."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def shown_code(code: str) -> str:
    """A code as a television shows it."""
    return f"{code[:4]}-{code[4:]}"
