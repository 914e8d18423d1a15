"""What edge needs from outside."""

from typing import Protocol

from apps.edge.domain import MediaObject


class Origin(Protocol):
    """Where media lies."""

    async def fetch(self, key: str) -> MediaObject | None:
        """An object, or None when there is none; UnavailableError when the store is away."""
        ...
