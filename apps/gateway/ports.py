"""What the door needs from outside, beside the services."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from apps.gateway.domain import Acting, BrowserTokens, Drawn, Quota


class Limits(Protocol):
    """Buckets of requests, and sessions that have ended."""

    async def draw(self, session_id: UUID | None, quotas: Sequence[tuple[str, Quota]]) -> Drawn:
        """Take one request out of every bucket, if all have one; UnavailableError if nobody can tell."""
        ...

    def end_session(self, session_id: UUID) -> None:
        """Nobody comes in by an access token of this session any more; UnavailableError if that failed."""
        ...


class ActingCopies(Protocol):
    """Copies of who acts in each session; one from before a change is never kept after it."""

    async def get(self, user_id: UUID, session_id: UUID) -> tuple[Acting | None, str]:
        """Who acts, if that is known, and the household's version; UnavailableError."""
        ...

    async def keep(self, user_id: UUID, session_id: UUID, acting: Acting, version: str) -> None:
        """Keep who acts, unless the household has changed since that version."""
        ...

    async def forget_soon(self, user_id: UUID) -> None:
        """A household has changed; where this fails, its fact does it later."""
        ...

    def forget(self, user_id: UUID) -> None:
        """A household has changed; UnavailableError if that could not be noted."""
        ...


class Cookies(Protocol):
    """Tokens sealed into cookies."""

    def kept(self, tokens: BrowserTokens) -> str:
        """The header that puts a session into a browser."""
        ...

    def gone(self) -> str:
        """The header that takes it out again."""
        ...

    def read(self, header: str) -> BrowserTokens | None:
        """The session in a Cookie header; None without one of ours."""
        ...
