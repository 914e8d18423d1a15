"""Playback at the door: leases, tokens and licences."""

import base64
import json

import pytest

from apps.kit.settings import Environment, SettingsError
from apps.playback.domain import PLANS, Entitlement, UserId
from apps.playback.settings import Settings
from tests.flows.world import VARIABLES, Account, World, stored, upload


@pytest.fixture
def video(world: World) -> str:
    video = upload(world, world.account("studio", "studio"))
    world.transcode()
    world.settle()
    return video


@pytest.fixture
def viewer(world: World) -> Account:
    return world.account("viewer")


def start(viewer: Account, video: str, device: str = "sofa") -> dict[str, dict[str, str]]:
    began = viewer("POST", f"/playback/{video}/sessions", json={"device": device})
    assert began.status_code == 201, began.text
    ticket: dict[str, dict[str, str]] = began.json()
    return ticket


def licence(
    world: World, ticket: dict[str, dict[str, str]], kids: list[str]
) -> tuple[int, list[str]]:
    answer = world.door.post(
        "/drm/clearkey",
        content=json.dumps({"kids": kids, "type": "temporary"}),
        headers={"Authorization": f"Bearer {ticket['drm']['token']}"},
    )
    keys = answer.json().get("keys", [])
    return answer.status_code, [key["kid"] for key in keys]


def kids(world: World, video: str) -> dict[str, str]:
    query = "SELECT package->'keys' FROM assets WHERE video_id = %s"
    with world.databases["playback"].begin() as connection:
        keys = connection.exec_driver_sql(query, (video,)).scalar_one()

    def text(key_id: str) -> str:
        raw = bytes.fromhex(key_id.replace("-", ""))
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    return {key["label"]: text(key["key_id"]) for key in keys}


def test_a_licence_has_the_keys_of_the_plan(world: World, viewer: Account, video: str) -> None:
    named, operator = kids(world, video), world.account("boss", "operator")
    high = start(viewer, video)
    assert licence(world, high, list(named.values())) == (
        200,
        [named[n] for n in ("AUDIO", "SD", "HD")],
    )

    viewer("DELETE", f"/playback/sessions/{high['session_id']}")
    operator("PUT", f"/playback/entitlements/{viewer.id}", json={"plan": "sd"})
    low = start(viewer, video)

    assert licence(world, low, list(named.values())) == (200, [named["AUDIO"], named["SD"]])
    assert licence(world, low, [named["HD"]])[0] == 403


def test_no_licence_without_lease_session_or_entitlement(
    world: World, viewer: Account, video: str
) -> None:
    named, ticket = list(kids(world, video).values()), start(viewer, video)
    assert licence(world, ticket, ["AAAAAAAAAAAAAAAAAAAAAA"])[0] == 403
    assert licence(world, {"drm": {"token": "x.y.z"}}, named)[0] == 401
    world.clock.turn(seconds=91)
    assert licence(world, ticket, named)[0] == 403
    again = viewer(
        "POST", f"/playback/sessions/{ticket['session_id']}/heartbeat", json={"position_seconds": 1}
    )
    assert licence(world, again.json(), named)[0] == 200
    viewer("DELETE", f"/playback/sessions/{ticket['session_id']}")
    assert licence(world, again.json(), named)[0] == 403


def test_a_malformed_challenge_is_refused(world: World, viewer: Account, video: str) -> None:
    token = start(viewer, video)["drm"]["token"]
    for content in (b"", b"{}", b"[]", b'{"kids": 3}', b'{"kids": ["!"]}', b"\xff"):
        answer = world.door.post(
            "/drm/clearkey", content=content, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code in (403, 422)
    assert (
        world.door.post("/drm/widevine", headers={"Authorization": f"Bearer {token}"}).status_code
        == 403
    )
    assert (
        world.door.post("/drm/other", headers={"Authorization": f"Bearer {token}"}).status_code
        == 422
    )


def test_streams_are_limited_and_named(world: World, viewer: Account, video: str) -> None:
    start(viewer, video, "sofa")
    second = start(viewer, video, "kitchen")
    refused = viewer("POST", f"/playback/{video}/sessions", json={"device": "bed"})
    assert refused.status_code == 429
    assert {each["device"] for each in refused.json()["devices"]} == {"sofa", "kitchen"}
    viewer("DELETE", f"/playback/sessions/{second['session_id']}")
    start(viewer, video, "bed")


def test_a_silent_device_gives_its_place_up(world: World, viewer: Account, video: str) -> None:
    start(viewer, video)
    start(viewer, video)
    world.clock.turn(seconds=91)
    start(viewer, video)


def test_one_key_opens_one_session(world: World, viewer: Account, video: str) -> None:
    path, key = f"/playback/{video}/sessions", {"Idempotency-Key": "k"}
    first = viewer("POST", path, json={}, headers=key).json()
    assert viewer("POST", path, json={}, headers=key).json()["session_id"] == first["session_id"]


def test_another_viewers_session_is_not_found(world: World, viewer: Account, video: str) -> None:
    ticket, other = start(viewer, video), world.account("other")
    path = f"/playback/sessions/{ticket['session_id']}"
    assert other("POST", f"{path}/heartbeat", json={"position_seconds": 1}).status_code == 404
    assert other("DELETE", path).status_code == 404
    asked = {"session_id": ticket["session_id"]}
    assert other("GET", f"/playback/{video}/manifest", params=asked).status_code == 404
    assert viewer("GET", f"/playback/{video}/manifest", params=asked).status_code == 200


def test_a_delivery_token_expires_and_is_renewed(world: World, viewer: Account, video: str) -> None:
    ticket = start(viewer, video)
    path = ticket["manifests"]["dash"].removeprefix("http://media.test")
    stored(world, path.split("/", 3)[3])
    assert world.edge.get(path).status_code == 200
    world.clock.turn(minutes=11)
    assert world.edge.get(path).status_code == 403
    assert "token has expired" in world.edge.get(path).json()["detail"]


def test_starts_are_refused_while_leases_cannot_be_decided(
    world: World, viewer: Account, video: str
) -> None:
    world.leases.away = True
    assert viewer("POST", f"/playback/{video}/sessions", json={}).status_code == 503


@pytest.mark.parametrize("position", [-1, 90_000, "x", None])
def test_a_wrong_position_is_refused(viewer: Account, video: str, position: object) -> None:
    ticket = start(viewer, video)
    path = f"/playback/sessions/{ticket['session_id']}/heartbeat"
    assert viewer("POST", path, json={"position_seconds": position}).status_code == 422


def test_a_grant_of_billing_wins_over_all_others() -> None:
    user, sd, hd = UserId(__import__("uuid").uuid4()), PLANS["sd"], PLANS["hd"]
    held = Entitlement(user, hd).granted(sd, "operator")
    assert held.granted(hd, "default").plan is sd
    assert held.granted(hd, "billing").granted(sd, "operator").plan is hd


def test_production_refuses_clearkey() -> None:
    with pytest.raises(SettingsError, match="CLEARKEY"):
        Settings.read(Environment("playback", {**VARIABLES, "MARQUEE_ENV": "production"}))
