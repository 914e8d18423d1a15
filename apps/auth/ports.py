"""What auth needs from outside."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from apps.auth.domain import Session, SessionId, SigningKey, User, UserId
from apps.contracts.fact import Fact


class Users(Protocol):
    """All accounts."""

    def add(self, user: User) -> bool:
        """Keep a new user; False if the address is taken."""
        ...

    def save(self, user: User) -> None:
        """Keep a changed user."""
        ...

    def get(self, user_id: UserId) -> User:
        """The user; UserNotFoundError if there is none."""
        ...

    def find(self, email: str) -> User | None:
        """The user of a normal address."""
        ...


class Sessions(Protocol):
    """All sign-in sessions."""

    def save(self, session: Session) -> None:
        """Keep a new or changed session."""
        ...

    def lock(self, session_id: SessionId) -> Session | None:
        """The session, held until the transaction ends."""
        ...


class SigningKeys(Protocol):
    """The keys for access tokens."""

    def newest(self, count: int) -> Sequence[SigningKey]:
        """The newest keys first, held until the transaction ends."""
        ...

    def add(self, key: SigningKey) -> None:
        """Keep a new key."""
        ...


class AuthWork(Protocol):
    """One transaction."""

    @property
    def users(self) -> Users:
        """All accounts."""
        ...

    @property
    def sessions(self) -> Sessions:
        """All sign-in sessions."""
        ...

    @property
    def keys(self) -> SigningKeys:
        """The keys for access tokens."""
        ...

    def announce(self, fact: Fact) -> None:
        """Let a fact leave with this transaction."""
        ...


OpenWork = Callable[[], AbstractContextManager[AuthWork]]


class Passwords(Protocol):
    """Slow hashes of passwords."""

    def hash(self, password: str) -> str:
        """A hash that may be stored."""
        ...

    def matches(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password; as slow for no hash at all."""
        ...


class Tokens(Protocol):
    """Makes and reads the tokens that clients hold."""

    def access(self, user: User, session: Session) -> str:
        """A signed access token."""
        ...

    def refresh(self, session: Session) -> str:
        """The refresh token of the session's present generation."""
        ...

    def read_refresh(self, token: str) -> tuple[SessionId, int]:
        """The session and generation of a refresh token; RefreshRefusedError if it is not ours."""
        ...
