"""Studios' videos and uploads at the door: what goes, and what each wrong request gets."""

from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from tests.flows.world import PART, Account, World, plan, send, upload


@pytest.fixture
def studio(world: World) -> Account:
    return world.account("studio", "studio")


def test_a_key_makes_one_video(world: World, studio: Account) -> None:
    key = {"Idempotency-Key": "once"}
    first = studio("POST", "/videos", json={"title": "Dune"}, headers=key)
    again = studio("POST", "/videos", json={"title": "Dune"}, headers=key)
    other = studio("POST", "/videos", json={"title": "Tron"}, headers=key)
    assert first.json()["id"] == again.json()["id"]
    assert other.status_code == 422
    assert first.headers["location"] == f"/videos/{first.json()['id']}"


def test_pages_come_newest_first_and_end(world: World, studio: Account) -> None:
    made = [studio("POST", "/videos", json={"title": f"{n}"}).json()["id"] for n in range(5)]
    seen, cursor = [], None
    while True:
        asked = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = studio("GET", "/videos", params=asked).json()
        seen += [video["id"] for video in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "!"}])
def test_list_parameters_out_of_range_are_refused(
    studio: Account, params: dict[str, object]
) -> None:
    assert studio("GET", "/videos", params=params).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x" * 301},
        {"title": "x", "colour": "red"},
        {"title": "x", "year": 1500},
        {"title": "x", "ratings": [{"system": "FSK", "value": "6", "min_age": -1}]},
        {"title": "x", "genres": ["x"] * 21},
    ],
)
def test_wrong_metadata_is_refused(studio: Account, body: dict[str, object]) -> None:
    assert studio("POST", "/videos", json=body).status_code == 422


def test_a_body_over_a_mebibyte_is_refused(studio: Account) -> None:
    assert studio("POST", "/videos", content=b" " * (2**20 + 1)).status_code == 413


def test_another_studios_video_is_not_found(world: World, studio: Account) -> None:
    video = studio("POST", "/videos", json={"title": "Mine"}).json()["id"]
    other = world.account("other", "studio")
    for method, path, body in (
        ("GET", f"/videos/{video}", None),
        ("PUT", f"/videos/{video}", {"title": "Yours"}),
        ("DELETE", f"/videos/{video}", None),
        ("POST", f"/videos/{video}/publish", None),
        ("POST", f"/videos/{video}/uploads", plan(b"x")),
    ):
        assert other(method, path, json=body).status_code == 404
    assert other("GET", "/videos").json()["items"] == []


def test_missing_and_differing_parts_keep_the_upload_open(world: World, studio: Account) -> None:
    video = studio("POST", "/videos", json={"title": "Dune"}).json()["id"]
    data = b"a" * PART + b"b"
    begun = studio("POST", f"/videos/{video}/uploads", json=plan(data)).json()
    numbers = {"numbers": [1, 2, 9]}
    parts = studio("POST", f"/uploads/{begun['id']}/parts", json=numbers).json()["parts"]
    key, store_id, _ = parts[1]["url"].removeprefix("memory:").rsplit("/", 2)
    world.masters.put(key, store_id, 2, b"wrong")

    refused = studio("POST", f"/uploads/{begun['id']}/complete")

    assert len(parts) == 2
    assert (refused.status_code, refused.json()["missing"], refused.json()["differing"]) == (
        422,
        [1],
        [2],
    )
    world.masters.put(key, store_id, 1, data[:PART])
    assert studio("GET", f"/uploads/{begun['id']}").json()["stored"] == [1]
    world.masters.put(key, store_id, 2, b"b")
    assert studio("POST", f"/uploads/{begun['id']}/complete").json()["state"] == "completed"


def test_completing_twice_announces_once(world: World, studio: Account) -> None:
    video = studio("POST", "/videos", json={"title": "Dune"}).json()["id"]
    begun = send(world, studio, video)
    for _ in range(2):
        assert studio("POST", f"/uploads/{begun['id']}/complete").status_code == 200
    world.settle()
    assert [topic for topic, _ in world.mesh.facts].count("videos.uploaded") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"size_bytes": -1},
        {"size_bytes": 2**50},
        {"sha256": "x"},
        {"part_bytes": 1},
        {"part_md5s": []},
        {"part_md5s": ["0" * 32] * 3},
        {"part_md5s": ["X" * 32]},
    ],
)
def test_a_plan_that_does_not_fit_is_refused(studio: Account, wrong: dict[str, object]) -> None:
    video = studio("POST", "/videos", json={"title": "Dune"}).json()["id"]
    assert studio("POST", f"/videos/{video}/uploads", json=plan(b"film") | wrong).status_code == 422


def test_an_aborted_upload_takes_nothing_more(world: World, studio: Account) -> None:
    video = studio("POST", "/videos", json={"title": "Dune"}).json()["id"]
    begun = send(world, studio, video)
    assert studio("DELETE", f"/uploads/{begun['id']}").status_code == 204
    assert studio("DELETE", f"/uploads/{begun['id']}").status_code == 204
    assert studio("POST", f"/uploads/{begun['id']}/complete").status_code == 409
    assert world.masters.open == {}


def test_a_stale_upload_is_swept(world: World, studio: Account) -> None:
    video = studio("POST", "/videos", json={"title": "Dune"}).json()["id"]
    begun = send(world, studio, video)
    world.clock.turn(days=8)

    assert world.uploading.sweep() == 1

    assert world.masters.open == {}
    world.clock.turn(days=-8)
    assert studio("POST", f"/uploads/{begun['id']}/complete").status_code == 409


def test_a_deleted_video_is_gone_and_takes_no_upload(world: World, studio: Account) -> None:
    video = upload(world, studio)
    assert studio("DELETE", f"/videos/{video}").status_code == 204
    assert studio("GET", f"/videos/{video}").status_code == 404
    assert studio("POST", f"/videos/{video}/uploads", json=plan(b"x")).status_code == 409
    assert studio("GET", f"/videos/{uuid4()}").status_code == 404


def test_the_studio_client_is_told_what_it_needs(world: World, studio: Account) -> None:
    door: TestClient = world.door
    answer = door.get("/videos", headers={"Authorization": "Bearer x"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:marquee:unauthorized"
