"""Counters of guesses in Redis, the same for every process; each for itself while Redis is away."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence

import redis

from apps.auth.domain.guessing import GuessingRefusedError, GuessingRules, Limit, Tally
from apps.auth.ports.outside import Throttle
from apps.kit.clock import Clock
from apps.kit.redis_pools import blocking

log = logging.getLogger(__name__)

TRIES = 16
KEEP_SECONDS = 30 * 24 * 3600
_BUSY = "too many attempts at once; try again"


class RedisThrottle:
    """Tallies as JSON under optimistic locks, windows by INCR; keys are hashed, so that they hold no address."""

    def __init__(self, url: str, rules: GuessingRules, clock: Clock) -> None:
        self._redis = blocking(url, seconds=1)
        self._rules = rules
        self._clock = clock

    def begin(self, key: str) -> None:
        """A guess at a secret starts; GuessingRefusedError if there may be none now."""
        self._change(key, lambda tally, now: tally.begun(self._rules, now))

    def end(self, key: str, *, right: bool | None) -> None:
        """It was right, wrong, or (None) neither: something failed before that was known."""
        if right:
            self.forget(key)
        elif right is False:
            self._change(key, lambda tally, now: tally.failed(now))
        else:
            self._change(key, lambda tally, _: tally.dropped())

    def forget(self, key: str) -> None:
        """Start the count of guesses anew."""
        self._redis.delete(_named("guess", key))

    def spend(self, key: str, limits: Sequence[Limit]) -> None:
        """Count one request; GuessingRefusedError if that is one too many of any limit."""
        with self._redis.pipeline() as pipe:
            for limit in limits:
                name = _named(f"limit{limit.seconds}", key)
                pipe.incr(name)
                pipe.expire(name, limit.seconds, nx=True)
                pipe.ttl(name)
            got = pipe.execute()
        for limit, used, left in zip(limits, got[::3], got[2::3], strict=True):
            if used > limit.count:
                raise GuessingRefusedError("too many requests from here; try again later", left)

    def refund(self, key: str, limits: Sequence[Limit]) -> None:
        """It need not have been counted."""
        with self._redis.pipeline() as pipe:
            for limit in limits:
                # In the window at hand, and if that has just ended, in none.
                pipe.decr(_named(f"limit{limit.seconds}", key))
                pipe.expire(_named(f"limit{limit.seconds}", key), limit.seconds, nx=True)
            pipe.execute()

    def _change(self, key: str, change: Callable[[Tally, float], Tally]) -> None:
        name = _named("guess", key)
        with self._redis.pipeline() as pipe:
            for _ in range(TRIES):
                try:
                    pipe.watch(name)  # type: ignore[no-untyped-call]
                    raw = pipe.get(name)
                    tally = Tally(**json.loads(raw)) if raw else Tally()
                    changed = change(tally, self._clock().timestamp())
                    pipe.multi()
                    pipe.set(name, json.dumps(vars(changed)), ex=KEEP_SECONDS)
                    pipe.execute()
                except redis.WatchError:
                    continue
                return
        # So many at once are no owner's.
        raise GuessingRefusedError(_BUSY, 1)


class WatchfulThrottle:
    """The shared counters; while those are away, this process's own, which are stricter."""

    def __init__(self, shared: Throttle, own: Throttle) -> None:
        self._shared = shared
        self._own = own

    def begin(self, key: str) -> None:
        """A guess at a secret starts; GuessingRefusedError if there may be none now."""
        self._either(lambda throttle: throttle.begin(key))

    def end(self, key: str, *, right: bool | None) -> None:
        """It was right, wrong, or (None) neither."""
        self._either(lambda throttle: throttle.end(key, right=right))

    def spend(self, key: str, limits: Sequence[Limit]) -> None:
        """Count one request; GuessingRefusedError if that is one too many of any limit."""
        self._either(lambda throttle: throttle.spend(key, limits))

    def refund(self, key: str, limits: Sequence[Limit]) -> None:
        """It need not have been counted."""
        self._either(lambda throttle: throttle.refund(key, limits))

    def forget(self, key: str) -> None:
        """Start the count of guesses anew."""
        self._either(lambda throttle: throttle.forget(key))

    def _either(self, do: Callable[[Throttle], None]) -> None:
        try:
            do(self._shared)
        except redis.RedisError as error:
            log.warning("counters of guesses are away", extra={"error": str(error)})
            do(self._own)


def _named(kind: str, key: str) -> str:
    return f"auth:{kind}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
