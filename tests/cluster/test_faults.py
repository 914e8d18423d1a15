"""Parts die under a steady load: nothing that was answered is lost, and all is well within 30 seconds."""

import signal
import time
from pathlib import Path

import httpx
import pytest

from scripts.operate.layout import SERVICES
from scripts.operate.rollout import drain
from tests.cluster.stage import DECLARED, ClusterStage, Load
from tests.platform.films import film

pytestmark = [pytest.mark.cluster, pytest.mark.faults]

RECOVERY_SECONDS = 30


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
    assert stage.until(lambda: well(stage), RECOVERY_SECONDS)
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
        ready = "ready"
        assert stage.until(
            lambda: (
                {n["Name"]: n["Status"] for n in stage.shell.nomad("/v1/nodes")}[client.name]
                == ready
            )
        )
    load.check_nothing_lost()
    assert {name: stage.process(name, "app").pid for name in own} == processes
    assert not any(status >= 400 for status in load.statuses), load.statuses


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
        assert stage.cluster.bootstrap.sealed()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert stage.answers()
            time.sleep(1)
        stage.cluster.bootstrap.unseal()
        assert stage.until(lambda: well(stage), RECOVERY_SECONDS)
    load.check_nothing_lost()
    assert not any(status >= 400 for status in load.statuses), load.statuses


def test_a_drained_client_takes_no_film_along(stage: ClusterStage, long_film: Path) -> None:
    video = stage.upload(long_film, "Drained")

    def at_work() -> str | None:
        running = [
            s for s in stage.job(video)["steps"] if s["kind"] == "chunk" and s["state"] == "running"
        ]
        return str(running[0]["worker"]) if running else None

    worker = stage.until(at_work)
    node = stage.shell.nomad(f"/v1/allocation/{worker}")["NodeName"]
    other = stage.layout.clients[-1].name
    nodes = stage.shell.nomad("/v1/nodes")
    with Load(stage) as load:
        # The first client holds the stores' volumes, so the other one is what can be emptied.
        drain(stage.shell, other, nodes, undo=False)
        stage.until(lambda: stage.job(video)["job"]["state"] == "completed", 180)
    drain(stage.shell, other, stage.shell.nomad("/v1/nodes"), undo=True)
    view = stage.job(video)
    assert node
    assert view["job"]["state"] == "completed"
    done = [step["name"] for step in view["steps"] if step["state"] == "done"]
    assert len(done) == len(set(done)) == len(view["steps"])
    load.check_nothing_lost()
    assert set(load.statuses) <= {200, 201} | DECLARED


def test_a_worker_killed_by_nomad_costs_one_step(stage: ClusterStage, long_film: Path) -> None:
    video = stage.upload(long_film, "Stopped worker")

    def at_work() -> str | None:
        running = [
            s for s in stage.job(video)["steps"] if s["kind"] == "chunk" and s["state"] == "running"
        ]
        return str(running[0]["worker"]) if running else None

    worker = stage.until(at_work)
    job = stage.shell.nomad(f"/v1/allocation/{worker}")["JobID"]
    stage.shell.run("nomad", "job", "stop", "-detach", "-namespace=media", job)
    stage.until(lambda: stage.job(video)["job"]["state"] == "completed", 180)
    again = [step["name"] for step in stage.job(video)["steps"] if step["attempt"] > 1]
    assert len(again) <= 1
