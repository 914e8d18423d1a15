"""A state store in memory."""

import time
from collections.abc import Callable

from apps.kit.errors import UnavailableError


class MemoryState:
    """A state store in memory; `away` makes it fail as one that does not answer."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._values: dict[str, tuple[str, int, float]] = {}
        self.away = False

    def get(self, key: str) -> tuple[str, str]:
        """A key's value and version; two empty texts for one that is not there."""
        value, version, until = self._known(key)
        return (value, str(version)) if self._now() < until else ("", "")

    def save(self, key: str, value: str, seconds: int, version: str | None = None) -> bool:
        """Keep a value for some time; with a version, only over that."""
        _, held, until = self._known(key)
        alive = self._now() < until
        if version is not None and not (alive and str(held) == version):
            return False
        self._values[key] = (value, held + 1 if alive else 1, self._now() + seconds)
        return True

    def _known(self, key: str) -> tuple[str, int, float]:
        if self.away:
            raise UnavailableError("the state store is away")
        return self._values.get(key, ("", 0, 0.0))
