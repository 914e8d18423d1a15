"""Services grow under a bounded load, and shrink when it is over."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.cluster.stage import ClusterStage

pytestmark = pytest.mark.cluster

UP_SECONDS, DOWN_SECONDS = 120, 240
# So little that a few requests a second are too many for one instance.
MEGAHERTZ = "100"
# What passes through each, and leaves nothing: playback refuses a licence for a token that is not good.
REQUESTS = {"gateway": ("GET", "/titles"), "playback": ("POST", "/drm/clearkey")}


async def busy(url: str, method: str, path: str, answers: Counter[str]) -> None:
    """Four viewers who never rest, whatever they get; counts what they got."""
    headers = {"Authorization": f"Bearer {'x' * 100}"} if method == "POST" else {}

    async def viewer(client: httpx.AsyncClient) -> None:
        while True:
            try:
                answers[str((await client.request(method, f"{url}{path}")).status_code)] += 1
            except httpx.HTTPError as broken:
                answers[type(broken).__name__] += 1
                await asyncio.sleep(0.1)

    async with (
        httpx.AsyncClient(timeout=15, headers=headers) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(4):
            group.create_task(viewer(client))


def said(stage: ClusterStage) -> str:
    """The end of the autoscaler's log."""
    allocation = str(stage.allocation("autoscaler")["ID"])
    return stage.shell.run("nomad", "alloc", "logs", "-stderr", "-tail", "-n=20", allocation)


@contextmanager
def reserved(stage: ClusterStage, service: str) -> Iterator[None]:
    """The service with hardly any CPU of its own, for a while."""
    release = stage.jobs.release(service)

    stage.jobs.service(service, release, cpu=MEGAHERTZ)
    stage.jobs.wait_deployed([service])
    try:
        yield
    finally:
        stage.jobs.service(service, release)
        stage.jobs.wait_deployed([service])


@pytest.mark.parametrize("service", REQUESTS)
def test_a_service_goes_from_one_to_two_and_back(stage: ClusterStage, service: str) -> None:
    def count() -> int:
        return len(stage.jobs.allocations(service))

    async def until_two() -> None:
        answers: Counter[str] = Counter()
        load = asyncio.create_task(busy(stage.url, *REQUESTS[service], answers))
        try:
            await asyncio.to_thread(stage.until, lambda: count() == 2, UP_SECONDS)
        except AssertionError as late:
            raise AssertionError(f"{late}; answered {answers}; {said(stage)}") from late
        finally:
            load.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await load

    assert stage.until(lambda: count() == 1, DOWN_SECONDS)
    with reserved(stage, service):
        assert stage.until(lambda: count() == 1, DOWN_SECONDS)
        asyncio.run(until_two())
        assert stage.until(lambda: count() == 1, DOWN_SECONDS)
    assert stage.until(stage.answers)
