"""Auth's counters and mails in memory."""

import threading
from collections.abc import Sequence

from apps.auth.domain.guessing import GuessingRefusedError, GuessingRules, Limit, Tally
from apps.auth.domain.letter import Letter
from apps.kit.clock import Clock

KEYS_MOST = 100_000


class MemoryThrottle:
    """Counters of one process; when there are too many, all are forgotten."""

    def __init__(self, rules: GuessingRules, clock: Clock) -> None:
        self._rules = rules
        self._clock = clock
        self._lock = threading.Lock()
        self._tallies: dict[str, Tally] = {}
        self._windows: dict[tuple[str, int], tuple[float, int]] = {}

    def begin(self, key: str) -> None:
        """A guess at a secret starts; GuessingRefusedError if there may be none now."""
        with self._lock:
            self._tallies[key] = self._tally(key).begun(self._rules, self._now())

    def end(self, key: str, *, right: bool | None) -> None:
        """It was right, wrong, or (None) neither: something failed before that was known."""
        with self._lock:
            if right:
                self._tallies.pop(key, None)
            elif right is False:
                self._tallies[key] = self._tally(key).failed(self._now())
            else:
                self._tallies[key] = self._tally(key).dropped()

    def forget(self, key: str) -> None:
        """Start the count of guesses anew."""
        with self._lock:
            self._tallies.pop(key, None)

    def spend(self, key: str, limits: Sequence[Limit]) -> None:
        """Count one request; GuessingRefusedError if that is one too many of any limit."""
        with self._lock:
            over = [left for limit in limits if (left := self._count(key, limit, 1)) > 0]
        if over:
            raise GuessingRefusedError("too many requests from here; try again later", max(over))

    def refund(self, key: str, limits: Sequence[Limit]) -> None:
        """It need not have been counted."""
        with self._lock:
            for limit in limits:
                self._count(key, limit, -1)

    def _count(self, key: str, limit: Limit, step: int) -> float:
        """Seconds until the window ends if it is over its limit, else 0."""
        now, name = self._now(), (key, limit.seconds)
        if len(self._windows) > KEYS_MOST:
            self._windows.clear()
        until, used = self._windows.get(name, (0.0, 0))
        if until <= now:
            until, used = now + limit.seconds, 0
        self._windows[name] = (until, used + step)
        return until - now if used + step > limit.count else 0.0

    def _tally(self, key: str) -> Tally:
        if len(self._tallies) > KEYS_MOST:
            self._tallies.clear()
        return self._tallies.get(key, Tally())

    def _now(self) -> float:
        return self._clock().timestamp()


class MemoryMailer:
    """Keeps letters for a look at them."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []
        self.away = False

    def send(self, letter: Letter) -> None:
        """Keep a letter; ConnectionError while `away`."""
        if self.away:
            raise ConnectionError("no mail server here")
        self.sent.append(letter)
