"""New versions: a share of the requests, a promotion, a way back, and one that never becomes healthy."""

import asyncio
import shutil
from collections.abc import Iterator

import httpx
import pytest

from scripts.local.errors import LauncherError
from scripts.operate import mesh, releases
from tests.cluster.stage import ClusterStage

pytestmark = pytest.mark.cluster

REQUESTS = 1000
SHARE = 20
POINTS = 3


async def send(url: str, count: int) -> list[int]:
    """The statuses of many requests, eight at a time; no two alike, which the door would make one of."""
    statuses: list[int] = []
    numbers = iter(range(count))

    async def one_after_another(client: httpx.AsyncClient, own: Iterator[int]) -> None:
        for number in own:
            answer = await client.get(f"{url}/titles", params={"number": number})
            statuses.append(answer.status_code)

    async with httpx.AsyncClient(timeout=15) as client:
        await asyncio.gather(*(one_after_another(client, numbers) for _ in range(8)))
    return statuses


def test_a_canary_gets_its_share_and_leaves_without_a_failed_request(stage: ClusterStage) -> None:
    old = stage.allocation("catalog")["ID"]
    stage.cluster.rollout.canary("catalog", SHARE)
    new = stage.allocation("catalog")["ID"]
    assert new != old
    stage.until(lambda: asyncio.run(send(stage.url, 20)) and stage.requests_of(new, "/titles"), 30)
    before = stage.requests_of(old, "/titles"), stage.requests_of(new, "/titles")

    statuses = asyncio.run(send(stage.url, REQUESTS))

    after = stage.requests_of(old, "/titles"), stage.requests_of(new, "/titles")
    served = [late - early for late, early in zip(after, before, strict=True)]
    assert set(statuses) == {200}
    assert sum(served) == REQUESTS
    assert abs(100 * served[1] / REQUESTS - SHARE) <= POINTS, served

    async def roll_back_under_load() -> list[int]:
        sending = asyncio.create_task(send(stage.url, REQUESTS))
        await asyncio.to_thread(stage.cluster.rollout.rollback, "catalog")
        return await sending

    assert set(asyncio.run(roll_back_under_load())) == {200}
    assert stage.until(lambda: [a["ID"] for a in stage.jobs.allocations("catalog")] == [old])


def test_a_promoted_canary_takes_over_without_a_failed_request(stage: ClusterStage) -> None:
    old = stage.allocation("catalog")["ID"]
    stage.cluster.rollout.canary("catalog", SHARE)

    async def promote_under_load() -> list[int]:
        sending = asyncio.create_task(send(stage.url, REQUESTS))
        await asyncio.to_thread(stage.cluster.rollout.promote, "catalog")
        return await sending

    assert set(asyncio.run(promote_under_load())) == {200}
    assert stage.until(lambda: old not in [a["ID"] for a in stage.jobs.allocations("catalog")])


def test_a_version_that_is_never_healthy_is_reverted(stage: ClusterStage) -> None:
    old = stage.allocation("catalog")["ID"]
    broken = releases.make_release(stage.layout, "broken")
    (broken / "apps/catalog/main.py").write_text("raise SystemExit('this version is broken')\n")
    shutil.rmtree(broken / "apps/catalog/__pycache__", ignore_errors=True)

    stage.jobs.service("catalog", broken, healthy_deadline="20s")
    with pytest.raises(LauncherError, match="catalog was not deployed"):
        stage.jobs.wait_deployed(["catalog"])

    assert stage.answers()
    assert stage.until(lambda: [a["ID"] for a in stage.jobs.allocations("catalog")] == [old])
    mesh.unsplit(stage.shell, "catalog")
    stage.cluster.rollout.deploy("catalog")
    assert set(asyncio.run(send(stage.url, 50))) == {200}
