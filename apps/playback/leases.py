"""Stream leases in Redis: one Lua script decides, by the server's own clock."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

import redis

from apps.kit.errors import UnavailableError
from apps.kit.redis_pools import blocking
from apps.playback.domain import LEASE_SECONDS, SessionId, Stream, Taken, UserId

# A sorted set of sessions by expiry, and a hash of their devices' names. Answers 1 if the lease was
# given, then pairs of session and device for all that hold one.
_TAKE = """
local now = tonumber(redis.call('TIME')[1])
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
if #gone > 0 then
  redis.call('ZREM', KEYS[1], unpack(gone))
  redis.call('HDEL', KEYS[2], unpack(gone))
end
local held = redis.call('ZSCORE', KEYS[1], ARGV[1])
local given = 0
if held or redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[3]) then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
  redis.call('EXPIRE', KEYS[1], tonumber(ARGV[4]) * 2)
  redis.call('EXPIRE', KEYS[2], tonumber(ARGV[4]) * 2)
  given = 1
end
local answer = {given}
for _, session in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  table.insert(answer, session)
  table.insert(answer, redis.call('HGET', KEYS[2], session) or '')
end
return answer
"""
_RENEW = """
local now = tonumber(redis.call('TIME')[1])
local held = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not held or tonumber(held) <= now then return 0 end
if tonumber(ARGV[2]) > 0 then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
  redis.call('EXPIRE', KEYS[1], tonumber(ARGV[2]) * 2)
  redis.call('EXPIRE', KEYS[2], tonumber(ARGV[2]) * 2)
end
return 1
"""


class RedisLeases:
    """Leases that run out by themselves LEASE_SECONDS after their last heartbeat."""

    def __init__(self, url: str) -> None:
        self._redis = blocking(url, seconds=2)
        self._take = self._redis.register_script(_TAKE)
        self._renew = self._redis.register_script(_RENEW)

    def take(self, user_id: UserId, session_id: SessionId, device: str, limit: int) -> Taken:
        """A lease, unless `limit` other sessions of the account hold one."""
        arguments: list[str | int] = [str(session_id), device, limit, LEASE_SECONDS]
        answer = cast(list[Any], _asked(lambda: self._take(_keys(user_id), arguments)))
        pairs = zip(answer[1::2], answer[2::2], strict=True)
        streams = [Stream(SessionId(UUID(one.decode())), two.decode()) for one, two in pairs]
        return Taken(bool(answer[0]), streams)

    def renew(self, user_id: UserId, session_id: SessionId) -> bool:
        """Hold a lease for longer; False when it has run out."""
        arguments: list[str | int] = [str(session_id), LEASE_SECONDS]
        return bool(_asked(lambda: self._renew(_keys(user_id), arguments)))

    def held(self, user_id: UserId, session_id: SessionId) -> bool:
        """Whether the session holds a lease."""
        return bool(_asked(lambda: self._renew(_keys(user_id), [str(session_id), 0])))

    def release(self, user_id: UserId, session_id: SessionId) -> None:
        """Give a lease back."""
        streams, devices = _keys(user_id)
        _asked(lambda: self._redis.zrem(streams, str(session_id)))
        _asked(lambda: self._redis.hdel(devices, str(session_id)))

    def check(self) -> None:
        """Raise unless Redis answers."""
        _asked(self._redis.ping)


def _keys(user_id: UserId) -> list[str]:
    return [f"streams:{{{user_id}}}", f"devices:{{{user_id}}}"]


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except redis.RedisError as error:
        raise UnavailableError("stream leases cannot be decided for the moment") from error
