"""Parts die under a steady load: nothing that was answered is lost, and all is well within 30 seconds."""

import signal
import time
from pathlib import Path

import httpx
import pytest

from scripts.clients.session import ApiError
from scripts.local.secret_files import SERVICES
from scripts.operate.rollout import drain
from tests.cluster.stage import ClusterStage, Load
from tests.platform.films import film

pytestmark = [pytest.mark.cluster, pytest.mark.faults]

RECOVERY_SECONDS = 30
SEALED_SECONDS = 60
# A load that was answered less often than this has shown nothing.
ANSWERS = 50
# A part that has just started may still be checked for the first time.
STEADY_SECONDS = 8


@pytest.fixture(autouse=True)
def steady(stage: ClusterStage) -> None:
    """Every service has answered for some seconds: what an earlier test broke is whole again."""
    since = time.monotonic()
    give_up = since + 90
    while time.monotonic() - since < STEADY_SECONDS:
        assert time.monotonic() < give_up, "the cluster does not come to rest"
        try:
            assert well(stage)
        except (ApiError, httpx.HTTPError):
            since = time.monotonic()
        time.sleep(0.5)


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "long.mp4"
    return film(path, size="854x480", seconds=40)


def well(stage: ClusterStage) -> bool:
    """Whether every service answers through the ingress."""
    viewer, studio = stage.viewer, stage.studio.session
    httpx.get(f"{stage.url}/.well-known/jwks.json").raise_for_status()
    httpx.get(f"{stage.url}/titles").raise_for_status()
    httpx.get(f"{stage.url}/search?q=x").raise_for_status()
    httpx.get(f"{stage.media}/healthz").raise_for_status()
    studio.call("GET", "/videos")
    studio.call(
        "GET", "/transcoding/jobs", params={"video_id": "0" * 8 + "-0000-7000-8000-" + "0" * 12}
    )
    path = "/playback/00000000-0000-7000-8000-000000000000/sessions"
    refused = viewer.http.post(
        path, json={}, headers={"Authorization": f"Bearer {viewer.access_token}"}
    )
    return refused.status_code == 404


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_comes_back_whichever_of_its_parts_dies(
    stage: ClusterStage, service: str
) -> None:
    with Load(stage) as load:
        for task in ("app", "daprd", f"connect-proxy-{service}"):
            killed = stage.process(service, task)
            killed.send_signal(signal.SIGKILL)
            killed.wait(10)
            assert stage.until(lambda: well(stage), RECOVERY_SECONDS), task
    load.check_nothing_lost()


@pytest.mark.parametrize("store", ["redis", "postgres"])
def test_a_store_starts_again_in_place(stage: ClusterStage, store: str) -> None:
    allocation = stage.allocation(store)["ID"]
    with Load(stage) as load:
        stage.process(store, "store").send_signal(signal.SIGKILL)
        assert stage.until(lambda: well(stage), RECOVERY_SECONDS)
    load.check_nothing_lost()
    assert stage.allocation(store)["ID"] == allocation


def test_a_nomad_client_finds_its_allocations_again(stage: ClusterStage) -> None:
    busy = stage.allocation("catalog")["NodeName"]
    client = next(host for host in stage.layout.clients if host.name == busy)
    listed = [a for name in SERVICES for a in stage.jobs.allocations(name)]
    own = {a["JobID"]: a["ID"] for a in listed if a["NodeName"] == client.name}
    processes = {name: stage.process(name, "app").pid for name in own}
    with Load(stage) as load:
        stage.cluster.agents.stop(f"nomad-{client.name}", kill=True)
        stage.cluster.bootstrap.start_clients()
        assert stage.until(lambda: sum(load.statuses.values()) > ANSWERS)
        nodes = {node["Name"]: node["Status"] for node in stage.shell.nomad("/v1/nodes")}
        assert nodes[client.name] == "ready"
    load.check_nothing_lost()
    assert {name: stage.process(name, "app").pid for name in own} == processes
    assert set(load.statuses) == {200, 201}, load.statuses


def test_consuls_agents_can_start_again(stage: ClusterStage) -> None:
    with Load(stage) as load:
        for name in ("consul-client-1", "consul-server"):
            stage.cluster.agents.stop(name, kill=True)
            stage.cluster.bootstrap.consul()
            assert stage.until(lambda: well(stage), RECOVERY_SECONDS)
    load.check_nothing_lost()


def test_a_sealed_vault_delays_only_what_needs_it(stage: ClusterStage) -> None:
    with Load(stage) as load:
        stage.shell.run("bao", "operator", "seal")
        try:
            assert stage.cluster.bootstrap.sealed()
            time.sleep(SEALED_SECONDS)
        finally:
            stage.cluster.bootstrap.unseal()
        assert stage.until(lambda: well(stage), RECOVERY_SECONDS)
    load.check_nothing_lost()
    assert set(load.statuses) == {200, 201}, load.statuses


def at_work(stage: ClusterStage, video: str) -> str | None:
    """The allocation of a worker that encodes a chunk of a film now."""
    steps = stage.job(video)["steps"]
    running = [s for s in steps if s["kind"] == "chunk" and s["state"] == "running"]
    return str(running[0]["worker"]) if running else None


def test_a_drained_client_takes_no_film_along(stage: ClusterStage, long_film: Path) -> None:
    video = stage.upload(long_film, "Drained")
    worker = stage.until(lambda: at_work(stage, video))
    # Workers keep away from the host of the stores, which cannot be emptied.
    name = stage.shell.nomad(f"/v1/allocation/{worker}")["NodeName"]
    assert name != stage.layout.clients[0].name
    with Load(stage) as load:
        drain(stage.shell, name, stage.shell.nomad("/v1/nodes"), undo=False)
        try:
            stage.until(lambda: stage.job(video)["job"]["state"] == "completed", 240)
        finally:
            drain(stage.shell, name, stage.shell.nomad("/v1/nodes"), undo=True)
    steps = stage.job(video)["steps"]
    assert {step["state"] for step in steps} == {"done"}
    again = [step["name"] for step in steps if step["attempt"] > 1]
    assert len(again) <= 2, again
    load.check_nothing_lost()


def test_a_worker_that_nomad_stops_costs_one_step(stage: ClusterStage, long_film: Path) -> None:
    video = stage.upload(long_film, "Stopped worker")
    worker = stage.until(lambda: at_work(stage, video))
    job = stage.shell.nomad(f"/v1/allocation/{worker}")["JobID"]
    stage.shell.run("nomad", "job", "stop", "-detach", "-namespace=media", job)
    stage.until(lambda: stage.job(video)["job"]["state"] == "completed", 180)
    again = [step["name"] for step in stage.job(video)["steps"] if step["attempt"] > 1]
    assert len(again) <= 1, again
