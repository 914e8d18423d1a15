"""What the door needs from outside, beside the services."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from apps.gateway.domain import Drawn, Quota


class Limits(Protocol):
    """Buckets of requests, and sessions that have ended."""

    async def draw(self, session_id: UUID | None, quotas: Sequence[tuple[str, Quota]]) -> Drawn:
        """Take one request out of every bucket, if all have one; UnavailableError if nobody can tell."""
        ...

    def end_session(self, session_id: UUID) -> None:
        """Nobody comes in by an access token of this session any more; UnavailableError if that failed."""
        ...
