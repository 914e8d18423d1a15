"""Stream leases in memory."""

from apps.kit.clock import Clock
from apps.kit.errors import UnavailableError
from apps.playback.domain import LEASE_SECONDS, SessionId, Stream, Taken, UserId


class MemoryLeases:
    """Leases by the clock it is given; `away` makes it fail as a Redis that does not answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[UserId, dict[SessionId, tuple[float, str]]] = {}
        self.away = False

    def take(self, user_id: UserId, session_id: SessionId, device: str, limit: int) -> Taken:
        """A lease, unless `limit` other sessions of the account hold one."""
        held = self._alive(user_id)
        given = session_id in held or len(held) < limit
        if given:
            held[session_id] = (self._now() + LEASE_SECONDS, device)
        return Taken(given, [Stream(session, name) for session, (_, name) in held.items()])

    def renew(self, user_id: UserId, session_id: SessionId) -> bool:
        """Hold a lease for longer; False when it has run out."""
        held = self._alive(user_id)
        if session_id not in held:
            return False
        held[session_id] = (self._now() + LEASE_SECONDS, held[session_id][1])
        return True

    def held(self, user_id: UserId, session_id: SessionId) -> bool:
        """Whether the session holds a lease."""
        return session_id in self._alive(user_id)

    def release(self, user_id: UserId, session_id: SessionId) -> None:
        """Give a lease back."""
        self._alive(user_id).pop(session_id, None)

    def _alive(self, user_id: UserId) -> dict[SessionId, tuple[float, str]]:
        if self.away:
            raise UnavailableError("stream leases cannot be decided for the moment")
        held, now = self._held.setdefault(user_id, {}), self._now()
        for session_id in [one for one, (expiry, _) in held.items() if expiry <= now]:
            del held[session_id]
        return held

    def _now(self) -> float:
        return self._clock().timestamp()
