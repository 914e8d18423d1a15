"""Media in memory."""

from apps.edge.domain import MediaObject


class MemoryOrigin:
    """Objects by key; `fetched` lists what was asked for, in order."""

    def __init__(self) -> None:
        self.objects: dict[str, MediaObject] = {}
        self.fetched: list[str] = []

    async def fetch(self, key: str) -> MediaObject | None:
        """An object, or None when there is none."""
        self.fetched.append(key)
        return self.objects.get(key)
