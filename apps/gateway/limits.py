"""Rates and ended sessions in Redis: one script, one round trip a request, by the server's own clock."""

import logging
from collections.abc import Sequence
from uuid import UUID

import redis

from apps.gateway.domain import Drawn, Quota
from apps.kit.errors import UnavailableError
from apps.kit.redis_pools import asynchronous, blocking, disconnect

log = logging.getLogger(__name__)

SECONDS = 0.25
# Longer than an access token lives, with the clocks' difference.
REMEMBER_SECONDS = 330
# GCRA: a key holds the moment (in microseconds) at which its bucket is full again. Nothing is taken of any
# bucket unless all have enough. Answers the number of the first one that has not, or 0; the wait until it
# has; whether the session has ended; then what is left of each bucket, and its time until it is full.
_DRAW = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local short, wait, full = 0, 0, {}
for i = 2, #KEYS do
  local each, burst = tonumber(ARGV[i * 2 - 3]), tonumber(ARGV[i * 2 - 2])
  local at = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now) + each
  full[i] = at
  if short == 0 and at - now > each * burst then
    short, wait = i - 1, at - now - each * burst
  end
end
local answer = {short, wait, redis.call('EXISTS', KEYS[1])}
for i = 2, #KEYS do
  local each, burst = tonumber(ARGV[i * 2 - 3]), tonumber(ARGV[i * 2 - 2])
  if short == 0 then
    redis.call('SET', KEYS[i], string.format('%.0f', full[i]), 'PX', math.ceil((full[i] - now) / 1000) + 1)
  else
    full[i] = full[i] - each
  end
  table.insert(answer, math.floor((each * burst - (full[i] - now)) / each))
  table.insert(answer, full[i] - now)
end
return answer
"""


class RedisLimits:
    """Shared by all instances of the gateway."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self._redis = asynchronous(url, seconds=seconds)
        self._draw = self._redis.register_script(_DRAW)
        self._writing = blocking(url, seconds=2, connections=2)

    async def draw(self, session_id: UUID | None, quotas: Sequence[tuple[str, Quota]]) -> Drawn:
        """Take one request out of every bucket, if all have one; UnavailableError while Redis is away."""
        keys = [_ended(session_id), *(f"rate:{key}" for key, _ in quotas)]
        rates = [number for _, quota in quotas for number in (quota.each_microseconds, quota.burst)]
        try:
            short, wait, ended, *rest = await self._draw(keys=keys, args=rates)
        except redis.RedisError as error:
            log.warning("limits are away", extra={"error": str(error)})
            raise UnavailableError("limits are away for the moment") from error
        left = [max(0, number) for number in rest[::2]]
        full = [microseconds / 1e6 for microseconds in rest[1::2]]
        return Drawn(short - 1 if short else None, wait / 1e6, bool(ended), left, full)

    async def close(self) -> None:
        """Give every connection back."""
        await disconnect(self._redis)
        self._writing.close()

    def end_session(self, session_id: UUID) -> None:
        """Nobody comes in by an access token of this session any more."""
        try:
            self._writing.set(_ended(session_id), 1, ex=REMEMBER_SECONDS)
        except redis.RedisError as error:
            raise UnavailableError("ended sessions cannot be noted now") from error


def _ended(session_id: UUID | None) -> str:
    return f"ended:{session_id}"
