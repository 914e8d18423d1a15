"""Limits of one process, and copies in it: for tests, and while Redis is away."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

from apps.gateway.domain import Acting, Drawn, Quota

KEYS_MOST = 100_000


class MemoryLimits:
    """The same buckets; when there are too many, all are full again."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._full: dict[str, float] = {}
        self._ended: set[UUID] = set()

    async def draw(self, session_id: UUID | None, quotas: Sequence[tuple[str, Quota]]) -> Drawn:
        """Take one request out of every bucket, if all have one."""
        now = self._now()
        if len(self._full) > KEYS_MOST:
            self._full.clear()
        each = [quota.each_microseconds / 1e6 for _, quota in quotas]
        room = [seconds * quota.burst for seconds, (_, quota) in zip(each, quotas, strict=True)]
        before = [max(self._full.get(key, 0.0), now) for key, _ in quotas]
        over = [
            full + step - now - most for full, step, most in zip(before, each, room, strict=True)
        ]
        short = next((number for number, late in enumerate(over) if late > 1e-9), None)
        after = before
        if short is None:
            after = [full + step for full, step in zip(before, each, strict=True)]
            self._full.update(zip((key for key, _ in quotas), after, strict=True))
        left = [
            int((most - full + now) / step + 1e-9)
            for most, full, step in zip(room, after, each, strict=True)
        ]
        wait = over[short] if short is not None else 0.0
        return Drawn(short, wait, session_id in self._ended, left, [full - now for full in after])

    def end_session(self, session_id: UUID) -> None:
        """Nobody comes in by an access token of this session any more."""
        self._ended.add(session_id)


class MemoryActingCopies:
    """The same copies in one process."""

    def __init__(self) -> None:
        self._households: dict[UUID, tuple[str, dict[UUID, Acting]]] = {}
        self._changes = 0

    async def get(self, user_id: UUID, session_id: UUID) -> tuple[Acting | None, str]:
        """Who acts, if that is known, and the household's version."""
        version, sessions = self._households.get(user_id, ("", {}))
        return sessions.get(session_id), version

    async def keep(self, user_id: UUID, session_id: UUID, acting: Acting, version: str) -> None:
        """Keep who acts, unless the household has changed since that version."""
        held, sessions = self._households.setdefault(user_id, ("", {}))
        if held == version:
            sessions[session_id] = acting

    async def forget_soon(self, user_id: UUID) -> None:
        """A household has changed."""
        self.forget(user_id)

    def forget(self, user_id: UUID) -> None:
        """A household has changed."""
        self._changes += 1
        self._households[user_id] = (str(self._changes), {})
