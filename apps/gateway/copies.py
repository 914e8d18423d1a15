"""Copies of who acts in each session, in Redis; one that was read before a change is never kept after it."""

import logging
from typing import cast
from uuid import UUID, uuid4

import redis
import redis.asyncio

from apps.gateway.domain import Acting
from apps.kit.errors import UnavailableError
from apps.kit.redis_pools import asynchronous, blocking, disconnect

log = logging.getLogger(__name__)

SECONDS = 0.25
KEEP_SECONDS = 3600
# A household is a hash: a version, which every change renews, and a field per session.
_KEEP = """
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[4]))
return 1
"""


class RedisActingCopies:
    """Shared by all instances of the gateway."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self._redis = asynchronous(url, seconds=seconds)
        self._keep = self._redis.register_script(_KEEP)
        self._writing = blocking(url, seconds=2, connections=2)

    async def get(self, user_id: UUID, session_id: UUID) -> tuple[Acting | None, str]:
        """Who acts, if that is known, and the household's version; UnavailableError."""
        try:
            asked = self._redis.hmget(_key(user_id), [str(session_id), "version"])
            found, version = cast(list[bytes | None], await asked)
        except redis.RedisError as error:
            raise UnavailableError("copies of profiles are away") from error
        return _read(found), (version or b"").decode()

    async def keep(self, user_id: UUID, session_id: UUID, acting: Acting, version: str) -> None:
        """Keep who acts, unless the household has changed since that version."""
        try:
            arguments: list[str | int] = [version, str(session_id), _written(acting), KEEP_SECONDS]
            await self._keep(keys=[_key(user_id)], args=arguments)
        except redis.RedisError as error:
            log.info("no copy was kept", extra={"error": str(error)})

    async def forget_soon(self, user_id: UUID) -> None:
        """A household has changed; where this fails, its fact does it later."""
        try:
            async with self._redis.pipeline() as pipe:
                _renew(pipe, _key(user_id))
                await pipe.execute()
        except redis.RedisError as error:
            log.warning("a copy was not forgotten", extra={"error": str(error)})

    def forget(self, user_id: UUID) -> None:
        """A household has changed; UnavailableError if that could not be noted."""
        try:
            with self._writing.pipeline() as pipe:
                _renew(pipe, _key(user_id))
                pipe.execute()
        except redis.RedisError as error:
            raise UnavailableError("a changed household cannot be noted now") from error

    async def close(self) -> None:
        """Give every connection back."""
        await disconnect(self._redis)
        self._writing.close()


def _key(user_id: UUID) -> str:
    return f"acting:{user_id}"


def _renew(pipe: redis.client.Pipeline | redis.asyncio.client.Pipeline, key: str) -> None:
    """Nothing of a household but a version that it never had; queued, so alike in threads and coroutines."""
    pipe.delete(key)
    pipe.hset(key, "version", str(uuid4()))
    pipe.expire(key, KEEP_SECONDS)


def _written(acting: Acting) -> str:
    limit = "" if acting.max_age is None else str(acting.max_age)
    return f"{acting.profile_id or ''} {limit} {acting.plan}"


def _read(found: bytes | None) -> Acting | None:
    if found is None:
        return None
    profile, limit, plan = found.decode().split(" ")
    return Acting(UUID(profile) if profile else None, int(limit) if limit else None, plan)
