"""The main job on real parts: uploaded, encoded, encrypted, found, opened, delivered, deleted."""

import hashlib
from pathlib import Path

import httpx
import pytest

from scripts.clients.session import ApiError, Session
from scripts.clients.studio import Master
from tests.platform.films import film
from tests.platform.stage import Stage

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
def video(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small film, completed."""
    made = film(tmp_path_factory.mktemp("films") / "small.mp4", seconds=10)
    video = stage.upload(made, "Zanzibar nights")
    assert stage.ended(video)["job"]["state"] == "completed"
    return video


def test_the_timeline_tells_everything(stage: Stage, video: str) -> None:
    view = stage.ended(video)
    done = [step for step in view["steps"] if step["state"] == "done"]
    assert {step["name"] for step in view["steps"]} >= {"probe", "starter", "chunk/0", "package"}
    assert len(done) == len(view["steps"])
    assert all(step["worker"] and step["attempt"] == 1 and step["seconds"] > 0 for step in done)
    chunk = next(step for step in done if step["name"] == "chunk/0")
    assert chunk["cpu_seconds"] > 0
    assert chunk["bytes"] > 0
    events = [(event["step"], event["event"]) for event in view["events"]]
    assert events.index(("job", "playable")) < events.index(("job", "completed"))


def test_it_is_found_in_spite_of_a_typo(stage: Stage, video: str) -> None:
    def found() -> bool:
        hits = stage.viewer.call("GET", "/search", params={"q": "zanzibr nihgts"})["items"]
        return any(hit["title"]["id"] == video for hit in hits)

    assert stage.until(found)
    hit = stage.viewer.call("GET", "/search", params={"q": "zanzibar"})["items"][0]
    assert hit["highlights"]["title"] == "<mark>Zanzibar</mark> nights"
    suggested = stage.viewer.call("GET", "/search/suggest", params={"q": "zanz"})["items"]
    assert [card["id"] for card in suggested] == [video]


def test_related_titles_never_name_itself(stage: Stage, video: str) -> None:
    path = f"/videos/{video}/related"
    assert stage.until(lambda: stage.viewer.call("GET", path) is not None)
    assert video not in [card["id"] for card in stage.viewer.call("GET", path)["items"]]


def test_segments_are_delivered_to_those_with_a_token(stage: Stage, video: str) -> None:
    ticket = stage.session(video)
    mpd = httpx.get(ticket["manifests"]["dash"])
    base = ticket["manifests"]["dash"].rsplit("/", 1)[0]
    whole = httpx.get(f"{base}/v240p/00001.m4s")
    part = httpx.get(f"{base}/v240p/00001.m4s", headers={"Range": "bytes=4-7"})

    assert mpd.headers["content-type"] == "application/dash+xml"
    assert "ClearKey" not in mpd.text
    assert "immutable" in whole.headers["cache-control"]
    assert (part.status_code, part.content) == (206, whole.content[4:8])
    forged = base.replace("/t/", "/t/x")
    assert httpx.get(f"{forged}/v240p/00001.m4s").status_code == 403
    poster = stage.viewer.call("GET", f"/titles/{video}")["poster"]
    assert httpx.get(f"{base.split('/t/')[0]}/{poster}").headers["content-type"] == "image/jpeg"


def test_a_third_device_is_refused_and_told_which_play(stage: Stage, video: str) -> None:
    stage.grant("hd")
    stage.session(video)
    path = f"/playback/{video}/sessions"
    refused = None
    for number in range(3):
        try:
            stage.viewer.call("POST", path, json={"device": f"device {number}"})
        except ApiError as error:
            refused = error
    assert refused is not None
    assert (refused.status, refused.code) == (429, "too-many-streams")
    assert len(refused.problem["devices"]) == 2
    for device in refused.problem["devices"]:
        stage.viewer.call("DELETE", f"/playback/sessions/{device['session_id']}")


def test_an_upload_resumes_where_it_stopped(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "noise.bin"
    path.write_bytes(hashlib.sha256(b"seed").digest() * (400_000))
    size = path.stat().st_size
    whole = Master.read(path)
    master = Master(path, size, whole.sha256, 5 * 2**20, [])
    with path.open("rb") as file:
        while data := file.read(master.part_bytes):
            master.part_md5s.append(hashlib.md5(data).hexdigest())
    video = stage.studio.create({"title": "resumed"})["id"]
    upload = stage.studio.begin_upload(video, master)["id"]
    call = stage.studio.session.call
    urls = call("POST", f"/uploads/{upload}/parts", json={"numbers": [1, 2]})["parts"]

    sent = httpx.put(
        urls[0]["url"], content=master.part(1), headers={"Content-MD5": urls[0]["content_md5"]}
    )
    wrong = httpx.put(
        urls[1]["url"], content=b"other" * 1000, headers={"Content-MD5": urls[1]["content_md5"]}
    )

    assert sent.is_success
    assert not wrong.is_success
    with pytest.raises(ApiError) as early:
        stage.studio.complete(upload)
    assert (early.value.status, early.value.code) == (422, "upload-incomplete")
    assert early.value.problem["missing"] == [2, 3]
    assert call("GET", f"/uploads/{upload}")["stored"] == [1]
    stage.studio.send(upload, master)
    assert stage.studio.complete(upload)["state"] == "completed"
    job = stage.ended(video)["job"]
    assert (job["state"], job["code"]) == ("rejected", "source_unreadable")


def test_another_studio_finds_nothing(stage: Stage, video: str) -> None:
    with Session(stage.places.gateway_url) as other:
        other.sign_up("other@example.com", "another password")
        other.log_in("other@example.com", "another password")
        with pytest.raises(ApiError) as viewer:
            other.call("GET", f"/videos/{video}")
        stage.sql(
            "UPDATE auth.users SET roles = '{viewer,studio}' WHERE email = 'other@example.com' RETURNING 1"
        )
        other.log_in("other@example.com", "another password")
        with pytest.raises(ApiError) as studio:
            other.call("GET", f"/videos/{video}")
    assert (viewer.value.status, studio.value.status) == (403, 404)


def test_deleting_removes_every_object(stage: Stage, tmp_path: Path) -> None:
    video = stage.upload(film(tmp_path / "gone.mp4", seconds=2), "Soon gone")
    asset = stage.ended(video)["job"]["asset_id"]
    assert list(stage.bucket("media").keys(f"vod/{asset}/"))

    stage.studio.session.call("DELETE", f"/videos/{video}")

    def gone() -> bool:
        left = [
            *stage.bucket("media").keys(f"vod/{asset}/"),
            *stage.bucket("media").keys(f"art/{asset}/"),
            *stage.bucket("work").keys(f"{asset}/"),
            *stage.bucket("masters").keys(f"{video}/"),
        ]
        return not left

    assert stage.until(gone)
    with pytest.raises(ApiError):
        stage.viewer.call("GET", f"/titles/{video}")
