"""Parts die at the worst moment; each film is completed exactly once, with one title and one asset."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest
import redis

from scripts.clients.session import ApiError
from scripts.local.dead_letters import inbox_of, replay
from scripts.local.reconcile import reconcile
from scripts.local.secret_files import admin_url
from tests.platform.films import film
from tests.platform.stage import Stage

pytestmark = [pytest.mark.platform, pytest.mark.faults]


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four chunks: long enough to be hit in the middle."""
    path = tmp_path_factory.mktemp("films") / "long.mp4"
    return film(path, size="854x480", seconds=44)


def hashes(stage: Stage, video: str) -> dict[str, str]:
    """The store's hash of every object that steps made of a video."""
    asset = stage.studio.jobs(video)[0]["asset_id"]
    bucket = stage.bucket("work")
    return {key: hashlib.sha256(bucket.get(key)).hexdigest() for key in bucket.keys(f"{asset}/")}


def running(stage: Stage, video: str, kind: str) -> dict[str, Any] | None:
    """A step of a kind that runs now."""
    jobs = stage.studio.jobs(video)
    if not jobs:
        return None
    view = stage.studio.session.call("GET", f"/transcoding/jobs/{jobs[0]['id']}")
    steps = [s for s in view["steps"] if s["kind"] == kind and s["state"] == "running"]
    return steps[0] if steps else None


def worker(stage: Stage, name: str) -> psutil.Process:
    """The process of a worker."""
    service = psutil.Process(stage.supervisor.pid("transcoding"))
    for child in service.children():
        if name in child.cmdline():
            return child
    raise AssertionError(f"no worker {name}")


def assert_completed_once(stage: Stage, video: str, view: dict[str, Any]) -> None:
    """One job, completed once; one title; one asset."""
    assert view["job"]["state"] == "completed", view["job"]
    completed = [e for e in view["events"] if (e["step"], e["event"]) == ("job", "completed")]
    assert len(completed) == 1
    assert len(stage.studio.jobs(video)) == 1
    assert stage.until(
        lambda: stage.studio.session.call("GET", f"/videos/{video}")["state"] == "ready"
    )
    facts = "SELECT count(*) FROM transcoding.outbox WHERE topic = 'transcoding.completed' AND data->>'video_id' = %s"
    assert stage.sql(facts, video) == [(1,)]
    assert stage.until(lambda: stage.viewer.call("GET", f"/titles/{video}"))
    query = "SELECT package->>'prefix' FROM playback.assets WHERE video_id = %s AND package->>'prefix' LIKE '%%p%%/'"
    assert stage.until(lambda: len(stage.sql(query, video)) == 1)


def test_a_worker_killed_in_a_chunk_costs_that_chunk(stage: Stage, long_film: Path) -> None:
    video = stage.upload(long_film, "Killed worker")
    step = stage.until(lambda: running(stage, video, "chunk"))
    before = hashes(stage, video)

    worker(stage, step["worker"]).kill()
    view = stage.ended(video, 120)

    assert_completed_once(stage, video, view)
    again = [s["name"] for s in view["steps"] if s["attempt"] > 1]
    assert len(again) == 1
    after = hashes(stage, video)
    assert before.items() <= after.items()


def test_the_service_killed_in_a_job_goes_on_within_a_minute(stage: Stage, long_film: Path) -> None:
    video = stage.upload(long_film, "Killed service")
    stage.until(lambda: running(stage, video, "chunk"))

    stage.supervisor.kill("transcoding")
    stage.until(
        lambda: (
            running(stage, video, "chunk") or stage.studio.jobs(video)[0]["state"] == "completed"
        ),
        60,
    )

    assert_completed_once(stage, video, stage.ended(video, 120))


@pytest.mark.parametrize("part", ["transcoding-dapr", "redis", "postgres"])
def test_a_part_restarted_in_a_job_delays_it(stage: Stage, long_film: Path, part: str) -> None:
    video = stage.upload(long_film, f"Restarted {part}")
    stage.until(lambda: running(stage, video, "chunk"))

    stage.supervisor.kill(part)
    stage.until(lambda: stage.studio.jobs(video))

    assert_completed_once(stage, video, followed(stage, video))


def followed(stage: Stage, video: str) -> dict[str, Any]:
    """The ended job, in spite of requests that fail while parts are away."""
    stage.until(lambda: stage.studio.jobs(video)[0]["state"] in ("completed", "failed"), 120)
    return stage.ended(video, 30)


def test_a_fact_committed_while_its_sidecar_is_dead_arrives(stage: Stage, tmp_path: Path) -> None:
    path = film(tmp_path / "late.mp4", seconds=2)
    stage.supervisor.kill("videos-dapr", again=False)
    try:
        video = stage.upload(path, "Late fact")
        waiting = "SELECT count(*) FROM videos.outbox WHERE published_at IS NULL"
        assert stage.sql(waiting)[0][0] >= 2
        stage.supervisor.kill("videos")
    finally:
        stage.supervisor.revive("videos-dapr")

    stage.until(lambda: stage.studio.jobs(video), 90)
    assert_completed_once(stage, video, stage.ended(video, 60))


def test_the_same_fact_three_times_makes_one_job(stage: Stage, tmp_path: Path) -> None:
    video = stage.upload(film(tmp_path / "thrice.mp4", seconds=2), "Thrice")
    view = stage.ended(video)
    query = "SELECT id, data FROM videos.outbox WHERE topic = 'videos.uploaded' AND data->>'video_id' = %s"
    event_id, data = stage.sql(query, video)[0]
    for _ in range(3):
        letter = {"event_id": str(event_id), "topic": "videos.uploaded", "data": data}
        assert replay("transcoding", letter, stage.places, stage.platform.secrets) == "SUCCESS"
    assert_completed_once(stage, video, view)


def test_two_facts_that_swap_places_end_the_same(stage: Stage, tmp_path: Path) -> None:
    """The older of two facts arrives last: what the newer one said stays."""
    video = stage.upload(film(tmp_path / "swapped.mp4", seconds=2), "Swapped")
    view = stage.ended(video)
    assert_completed_once(stage, video, view)
    asked = "SELECT id, topic, data FROM {}.outbox WHERE topic = ANY(%s) AND data->>'video_id' = %s"
    topics = ["videos.published", "videos.unpublished"]
    stage.studio.session.call("POST", f"/videos/{video}/unpublish")
    stage.studio.session.call("POST", f"/videos/{video}/publish")
    stage.until(lambda: stage.viewer.call("GET", f"/titles/{video}"))
    facts = stage.sql(asked.format("videos"), topics, video)
    facts += stage.sql(asked.format("transcoding"), ["transcoding.playable"], video)
    assert {topic for _, topic, _ in facts} == {*topics, "transcoding.playable"}

    for event_id, topic, data in sorted(facts, key=lambda fact: -fact[2]["sequence"]):
        letter = {"event_id": str(event_id), "topic": topic, "data": data}
        for service in ("catalog", "playback"):
            verdict = replay(service, letter, stage.places, stage.platform.secrets)
            assert verdict == "SUCCESS"

    assert stage.viewer.call("GET", f"/titles/{video}")["id"] == video
    assert "/1p1/" in stage.session(video)["manifests"]["dash"]


def test_a_poisonous_fact_ends_among_the_dead_letters(stage: Stage) -> None:
    letter = {"event_id": str(uuid4()), "topic": "videos.uploaded", "data": {"sequence": "x"}}
    assert replay("transcoding", letter, stage.places, stage.platform.secrets) == "SUCCESS"
    with inbox_of("transcoding", stage.places) as inbox:
        dead = inbox.dead()
    assert [each["event_id"] for each in dead] == [letter["event_id"]]


def test_nobody_delivers_facts_without_the_token(stage: Stage) -> None:
    port = 7003 + stage.places.shift
    answer = httpx.post(f"http://127.0.0.1:{port}/events/videos.uploaded", json={})
    assert answer.status_code == 401


@pytest.fixture
def without_search(stage: Stage) -> Iterator[None]:
    stage.supervisor.kill("typesense", again=False)
    yield
    stage.supervisor.revive("typesense")


@pytest.mark.usefixtures("without_search")
def test_titles_open_while_search_is_away(stage: Stage, tmp_path: Path) -> None:
    video = stage.upload(film(tmp_path / "unsearched.mp4", seconds=2), "Quetzalcoatl")
    stage.ended(video)
    with pytest.raises(ApiError) as away:
        stage.viewer.call("GET", "/search", params={"q": "quetzalcoatl"})
    assert (away.value.status, away.value.code) == (503, "search-unavailable")
    assert stage.until(lambda: stage.viewer.call("GET", f"/titles/{video}"))
    page = stage.viewer.call("GET", f"/pages/titles/{video}")
    assert page["missing"] == ["related"]

    stage.supervisor.revive("typesense")

    def found() -> bool:
        return bool(stage.viewer.call("GET", "/search", params={"q": "quetzalcoatl"})["total"])

    assert stage.until(found, 60)


def test_no_search_fails_during_a_reindex(stage: Stage) -> None:
    failures: list[Exception] = []
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            try:
                httpx.get(f"{stage.places.gateway_url}/search?q=test").raise_for_status()
            except httpx.HTTPError as error:
                failures.append(error)

    searching = threading.Thread(target=search)
    searching.start()
    try:
        stage.platform.command("catalog", "reindex")
    finally:
        stop.set()
        searching.join()
    assert failures == []


def test_starts_are_refused_and_running_streams_go_on_without_redis(
    stage: Stage, tmp_path: Path
) -> None:
    video = stage.upload(film(tmp_path / "leased.mp4", seconds=2), "Leased")
    stage.ended(video)
    ticket = stage.session(video)
    stage.supervisor.kill("redis", again=False)
    try:
        with pytest.raises(ApiError) as refused:
            stage.viewer.call("POST", f"/playback/{video}/sessions", json={})
        delivered = httpx.get(ticket["manifests"]["dash"])
    finally:
        stage.supervisor.revive("redis")
    assert refused.value.status == 503
    assert delivered.status_code == 200


def test_facts_that_a_wiped_broker_lost_arrive_after_all(stage: Stage) -> None:
    stage.supervisor.kill("catalog-dapr", again=False)
    try:
        video = stage.studio.create({"title": "Lost on the way", "genres": ["Test"]})["id"]
        sent = (
            "SELECT id FROM videos.outbox WHERE published_at IS NOT NULL AND data->>'video_id' = %s"
        )
        stage.until(lambda: stage.sql(sent, video))
        password, port = stage.platform.secrets["redis_password"], stage.places.port("redis")
        redis.Redis.from_url(f"redis://:{password}@127.0.0.1:{port}/0").flushdb()
    finally:
        stage.supervisor.revive("catalog-dapr")

    # As if a minute and more had passed: it is due then.
    age = (
        "UPDATE videos.outbox SET created_at = created_at - interval '2 minutes',"
        " published_at = published_at - interval '2 minutes'"
        " WHERE data->>'video_id' = %s RETURNING id"
    )
    assert len(stage.sql(age, video)) == 1
    assert reconcile(admin_url(stage.places, stage.platform.secrets)) >= 1
    known = "SELECT 1 FROM catalog.titles WHERE id = %s"
    assert stage.until(lambda: stage.sql(known, video))
