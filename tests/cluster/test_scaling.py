"""The gateway grows under a bounded load, and shrinks when it is over."""

import asyncio
import contextlib

import httpx
import pytest

from tests.cluster.stage import ClusterStage

pytestmark = pytest.mark.cluster

UP_SECONDS, DOWN_SECONDS = 120, 240


async def busy(url: str) -> None:
    """Four viewers who never rest."""

    async def viewer(client: httpx.AsyncClient) -> None:
        while True:
            await client.get(f"{url}/titles")

    async with httpx.AsyncClient(timeout=15) as client, asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(viewer(client))


def test_the_gateway_goes_from_one_to_two_and_back(stage: ClusterStage) -> None:
    def count() -> int:
        return len(stage.jobs.allocations("gateway"))

    assert stage.until(lambda: count() == 1, DOWN_SECONDS)

    async def until_two() -> None:
        load = asyncio.create_task(busy(stage.url))
        try:
            await asyncio.to_thread(stage.until, lambda: count() == 2, UP_SECONDS)
        finally:
            load.cancel()
            with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError, ExceptionGroup):
                await load

    asyncio.run(until_two())
    assert stage.until(lambda: count() == 1, DOWN_SECONDS)
    assert stage.answers()
