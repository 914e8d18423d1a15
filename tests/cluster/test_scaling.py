"""Services grow under a bounded load, and shrink when it is over."""

import asyncio
import contextlib
from uuid import uuid4

import httpx
import pytest

from tests.cluster.stage import ClusterStage

pytestmark = pytest.mark.cluster

UP_SECONDS, DOWN_SECONDS = 120, 240
# A session of a film that is not there passes through all of playback, and leaves nothing.
REQUESTS = {"gateway": ("GET", "/titles"), "playback": ("POST", f"/playback/{uuid4()}/sessions")}


async def busy(stage: ClusterStage, method: str, path: str) -> None:
    """Four viewers who never rest."""
    headers = {"Authorization": f"Bearer {stage.viewer.access_token}"}
    body: object = {} if method == "POST" else None

    async def viewer(client: httpx.AsyncClient) -> None:
        while True:
            await client.request(method, f"{stage.url}{path}", json=body)

    async with (
        httpx.AsyncClient(timeout=15, headers=headers) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(4):
            group.create_task(viewer(client))


@pytest.mark.parametrize("service", REQUESTS)
def test_a_service_goes_from_one_to_two_and_back(stage: ClusterStage, service: str) -> None:
    def count() -> int:
        return len(stage.jobs.allocations(service))

    assert stage.until(lambda: count() == 1, DOWN_SECONDS)

    async def until_two() -> None:
        load = asyncio.create_task(busy(stage, *REQUESTS[service]))
        try:
            await asyncio.to_thread(stage.until, lambda: count() == 2, UP_SECONDS)
        finally:
            load.cancel()
            with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError, ExceptionGroup):
                await load

    asyncio.run(until_two())
    assert stage.until(lambda: count() == 1, DOWN_SECONDS)
    assert stage.answers()
