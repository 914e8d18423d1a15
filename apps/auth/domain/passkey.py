"""Passkeys (WebAuthn): a key in somebody's device, which signs a challenge after its owner was recognised."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.auth.domain.user import UserId
from apps.kit.errors import ConflictError, NotFoundError, UnauthorizedError, UnprocessableError

CEREMONY_LIFE = timedelta(minutes=5)
PASSKEYS_MOST = 10


class PasskeyRefusedError(UnauthorizedError):
    """The answer of a device does not prove anything."""

    type = "passkey-refused"
    title = "This passkey is not good here"


class PasskeyNotAddedError(UnprocessableError):
    """The answer of a device does not make a passkey."""

    type = "passkey-not-added"
    title = "This passkey cannot be added"


class PasskeyNotFoundError(NotFoundError):
    """No such passkey, or somebody else's."""

    type = "passkey-not-found"


class LastProofError(ConflictError):
    """Without it nobody could sign in to this account any more."""

    type = "last-proof"
    title = "This is the last way to sign in"


class ClonedError(Exception):
    """A passkey counted backwards: there may be a copy of it."""


@dataclass(frozen=True)
class Passkey:
    """A public key, and how often its private half has signed."""

    id: str
    user_id: UserId
    public_key: bytes
    sign_count: int
    backed_up: bool
    name: str
    created_at: datetime
    last_used_at: datetime | None = None

    def used(self, sign_count: int, *, backed_up: bool, now: datetime) -> "Passkey":
        """The passkey after it signed once more."""
        return replace(self, sign_count=sign_count, backed_up=backed_up, last_used_at=now)


@dataclass(frozen=True)
class Ceremony:
    """A challenge that is out; to register, of one user, or to sign in, of anybody."""

    digest: str
    user_id: UserId | None
    expires_at: datetime
