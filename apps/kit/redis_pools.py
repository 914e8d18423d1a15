"""Bounded pools of connections to Redis, which wait for a free one and give up soon."""

import redis
import redis.asyncio


def blocking(url: str, *, seconds: float, connections: int = 20) -> redis.Redis:
    """A client for threads; every step of a command may take `seconds`."""
    pool = redis.BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=seconds,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
    )
    return redis.Redis(connection_pool=pool)


def asynchronous(url: str, *, seconds: float, connections: int = 50) -> redis.asyncio.Redis:
    """The same for coroutines; `disconnect` gives its connections back."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=seconds,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
    )
    return redis.asyncio.Redis(connection_pool=pool)


async def disconnect(client: redis.asyncio.Redis) -> None:
    """Give every connection of a client back."""
    await client.aclose()
    await client.connection_pool.disconnect()
