"""The main job over all services: a film goes in, and plays."""

from uuid import UUID

from apps.transcoding.domain.failure import Failure, FailureKind
from apps.transcoding.domain.step import StepKind
from tests.flows.world import World, send, stored, upload


def test_a_film_goes_in_and_plays(world: World) -> None:
    studio, viewer = world.account("studio", "studio"), world.account("viewer")

    video = upload(world, studio)
    steps = world.transcode()
    world.settle()

    assert steps[0] == "probe"
    assert steps[-1] == "thumbnails"
    assert studio("GET", f"/videos/{video}").json()["state"] == "ready"
    found = world.door.get("/search", params={"q": "dune"}).json()
    assert [hit["title"]["id"] for hit in found["items"]] == [video]
    ticket = viewer("POST", f"/playback/{video}/sessions", json={"device": "sofa"}).json()
    stored(world, ticket["manifests"]["dash"].split("/", 5)[5])
    path = ticket["manifests"]["dash"].removeprefix("http://media.test")
    assert world.edge.get(path).status_code == 200


def test_a_film_plays_before_it_is_complete(world: World) -> None:
    studio, viewer = world.account("studio", "studio"), world.account("viewer")
    video = upload(world, studio)

    world.transcode(until=StepKind.CHUNK)
    world.settle()
    early = viewer("POST", f"/playback/{video}/sessions", json={}).json()

    assert studio("GET", f"/videos/{video}").json()["state"] == "playable"
    assert "/1s1/" in early["manifests"]["dash"]


def test_a_session_keeps_the_version_it_started_with(world: World) -> None:
    studio, viewer = world.account("studio", "studio"), world.account("viewer")
    video = upload(world, studio)
    for _ in ("probe", "starter"):
        claim = world.steps.claim("one")
        assert claim is not None
        world.finish(claim)
    world.settle()
    early = viewer("POST", f"/playback/{video}/sessions", json={}).json()

    world.transcode()
    world.settle()

    beat = f"/playback/sessions/{early['session_id']}/heartbeat"
    assert "/1s1/" in viewer("POST", beat, json={"position_seconds": 3}).json()["manifests"]["dash"]
    later = viewer("POST", f"/playback/{video}/sessions", json={}).json()
    assert "/1p1/" in later["manifests"]["dash"]


def test_the_same_facts_three_times_make_one_title_and_one_asset(world: World) -> None:
    studio = world.account("studio", "studio")
    world.mesh.copies = 3

    video = upload(world, studio)
    world.transcode()
    world.settle()

    assert len(studio("GET", "/transcoding/jobs", params={"video_id": video}).json()["items"]) == 1
    assert world.door.get("/search", params={"q": "dune"}).json()["total"] == 1
    completed = [topic for topic, _ in world.mesh.facts if topic == "transcoding.completed"]
    assert completed == ["transcoding.completed"]


def test_a_rejected_film_says_why_and_never_shows(world: World) -> None:
    studio, viewer = world.account("studio", "studio"), world.account("viewer")
    video = upload(world, studio)

    claim = world.steps.claim("one")
    assert claim is not None
    world.fail(claim, Failure(FailureKind.REJECTED, "source_hdr", "HDR is not supported yet"))
    world.settle()

    shown = studio("GET", f"/videos/{video}").json()
    assert (shown["state"], shown["code"]) == ("rejected", "source_hdr")
    assert world.door.get(f"/titles/{video}").status_code == 404
    assert viewer("POST", f"/playback/{video}/sessions", json={}).status_code == 404


def test_deleting_withdraws_the_title_its_media_and_its_keys(world: World) -> None:
    studio, viewer = world.account("studio", "studio"), world.account("viewer")
    video = upload(world, studio)
    world.transcode()
    world.settle()
    ticket = viewer("POST", f"/playback/{video}/sessions", json={}).json()
    key = ticket["manifests"]["dash"].split("/", 5)[5]
    stored(world, key)
    world.assets.objects.add(key)
    path = ticket["manifests"]["dash"].removeprefix("http://media.test")
    assert world.edge.get(path).status_code == 200

    assert studio("DELETE", f"/videos/{video}").status_code == 204
    world.settle()

    assert world.door.get(f"/titles/{video}").status_code == 404
    assert world.door.get("/search", params={"q": "dune"}).json()["total"] == 0
    assert world.edge.get(path).status_code == 404
    assert (world.masters.masters, world.assets.objects) == ({}, set())
    drm = world.door.post(
        "/drm/clearkey",
        content=b'{"kids": []}',
        headers={"Authorization": f"Bearer {ticket['drm']['token']}"},
    )
    assert drm.status_code == 403
    for service, query in (
        ("transcoding", "SELECT count(*) FROM jobs"),
        ("playback", "SELECT count(*) FROM assets WHERE package IS NOT NULL"),
        ("playback", "SELECT count(*) FROM sessions WHERE package->>'keys' <> '[]'"),
    ):
        with world.databases[service].begin() as connection:
            assert connection.exec_driver_sql(query).scalar_one() == 0


def test_a_second_master_makes_a_new_version(world: World) -> None:
    studio, viewer = world.account("studio", "studio"), world.account("viewer")
    video = upload(world, studio)
    world.transcode()
    begun = send(world, studio, video, b"better film")

    studio("POST", f"/uploads/{begun['id']}/complete")
    world.settle()
    world.transcode()
    world.settle()

    ticket = viewer("POST", f"/playback/{video}/sessions", json={}).json()
    assert "/2p1/" in ticket["manifests"]["dash"]
    assert UUID(video)


def test_unpublished_is_not_found_and_published_again_is(world: World) -> None:
    studio = world.account("studio", "studio")
    video = upload(world, studio)
    world.transcode()
    studio("POST", f"/videos/{video}/unpublish")
    world.settle()
    assert world.door.get(f"/titles/{video}").status_code == 404

    studio("POST", f"/videos/{video}/publish")
    world.settle()

    assert world.door.get(f"/titles/{video}").json()["metadata"]["title"] == "Dune"


def test_facts_that_swap_places_end_the_same(world: World) -> None:
    studio = world.account("studio", "studio")
    video = upload(world, studio, publish=False)
    world.transcode()
    studio("POST", f"/videos/{video}/publish")
    studio("POST", f"/videos/{video}/unpublish")
    with world.databases["videos"].begin() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox SET topic = CASE topic WHEN 'videos.published' THEN 'videos.unpublished'"
            " ELSE 'videos.published' END, data = (SELECT o.data FROM outbox o WHERE"
            " o.topic <> outbox.topic AND o.published_at IS NULL) WHERE published_at IS NULL"
        )

    world.settle()

    assert world.door.get(f"/titles/{video}").status_code == 404
