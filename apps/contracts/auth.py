"""What `auth` announces."""

from typing import ClassVar
from uuid import UUID

from apps.contracts.fact import PersonFact


class UserRegistered(PersonFact):
    """Somebody has an account now; the household's first profile takes the same id."""

    topic: ClassVar[str] = "auth.user_registered"


class UserDeleted(PersonFact):
    """Somebody closed their account: whatever is known of them is to go, everywhere."""

    topic: ClassVar[str] = "auth.user_deleted"


class SessionRevoked(PersonFact):
    """A sign-in session ended before its time."""

    topic: ClassVar[str] = "auth.session_revoked"

    session_id: UUID
    reason: str
