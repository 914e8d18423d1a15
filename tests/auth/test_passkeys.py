"""Passkeys: made, used without a password, refused when anything about them is not right."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.auth.domain.session import FRESH
from tests.auth.authenticator import PRESENT, Authenticator, encoded
from tests.flows.world import Account, World

SITE, NAME = "http://web.test", "web.test"


@pytest.fixture
def ada(world: World) -> Account:
    return world.account("ada")


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(SITE, NAME)


def add(somebody: Account, device: Authenticator, name: str = "laptop") -> Any:
    options = somebody("POST", "/auth/passkeys/register/options").json()["options"]
    asked = {"name": name, "credential": device.create(options)}
    return somebody("POST", "/auth/passkeys/register/verify", json=asked)


def log_in(world: World, device: Authenticator) -> Any:
    options = world.door.post("/auth/passkeys/login/options").json()["options"]
    return world.door.post("/auth/passkeys/login/verify", json={"credential": device.get(options)})


def test_a_passkey_signs_in_without_a_password(
    world: World, ada: Account, device: Authenticator
) -> None:
    world.mail()
    made = add(ada, device)
    assert (made.status_code, made.json()["name"]) == (201, "laptop")
    assert [m.subject for m in world.mail()] == ["Marquee: Your passkeys"]
    for _ in range(2):
        answer = log_in(world, device)
        assert answer.status_code == 200
    sessions = Account(world.door, answer.json())("GET", "/auth/sessions").json()["items"]
    assert [s["proofs"] for s in sessions if s["current"]] == [["hwk"]]
    assert ada("GET", "/auth/passkeys").json()["items"][0]["last_used_at"] is not None


def test_a_user_has_several_and_each_is_known_once(
    world: World, ada: Account, device: Authenticator
) -> None:
    other = Authenticator(SITE, NAME)
    assert add(ada, device).status_code == add(ada, other, "telephone").status_code == 201
    assert [p["name"] for p in ada("GET", "/auth/passkeys").json()["items"]] == [
        "laptop",
        "telephone",
    ]
    options = ada("POST", "/auth/passkeys/register/options").json()["options"]
    assert {each["id"] for each in options["excludeCredentials"]} == {
        encoded(device.id),
        encoded(other.id),
    }
    assert add(ada, device).status_code == 422
    assert log_in(world, other).status_code == 200


Bend = Callable[[Authenticator], None]


def other_site(device: Authenticator) -> None:
    device.origin = "http://evil.test"


def other_name(device: Authenticator) -> None:
    device.rp_id = "evil.test"


def not_recognised(device: Authenticator) -> None:
    device.flags = PRESENT


def other_key(device: Authenticator) -> None:
    vars(device)["_key"] = vars(Authenticator(SITE, NAME))["_key"]


@pytest.mark.parametrize("bend", [other_site, other_name, not_recognised, other_key])
def test_what_is_not_right_is_refused(
    world: World, ada: Account, device: Authenticator, bend: Bend
) -> None:
    assert add(ada, device).status_code == 201
    bend(device)
    assert log_in(world, device).status_code == 401


@pytest.mark.parametrize("bend", [other_site, other_name, not_recognised])
def test_what_is_not_right_is_not_added(ada: Account, device: Authenticator, bend: Bend) -> None:
    bend(device)
    assert add(ada, device).status_code == 422


def test_a_challenge_is_ours_young_and_answered_once(
    world: World, ada: Account, device: Authenticator
) -> None:
    assert add(ada, device).status_code == 201
    options = world.door.post("/auth/passkeys/login/options").json()["options"]
    asked = {"credential": device.get(options)}
    assert world.door.post("/auth/passkeys/login/verify", json=asked).status_code == 200
    assert world.door.post("/auth/passkeys/login/verify", json=asked).status_code == 401
    late = world.door.post("/auth/passkeys/login/options").json()["options"]
    world.clock.turn(minutes=5, seconds=1)
    for challenge in (late["challenge"], encoded(b"made up by somebody else")):
        asked = {"credential": device.get({"challenge": challenge})}
        assert world.door.post("/auth/passkeys/login/verify", json=asked).status_code == 401
    for nonsense in ({}, {"id": 7}, {"response": {"clientDataJSON": "?"}}):
        answer = world.door.post("/auth/passkeys/login/verify", json={"credential": nonsense})
        assert answer.status_code == 401


def test_a_copy_is_found_out_and_its_owner_told(
    world: World, ada: Account, device: Authenticator
) -> None:
    assert add(ada, device).status_code == 201
    assert log_in(world, device).status_code == 200
    world.mail()
    device.count = 0
    assert log_in(world, device).status_code == 401
    assert "copy" in world.mail()[0].text


def test_a_registration_belongs_to_who_began_it(
    world: World, ada: Account, device: Authenticator
) -> None:
    eve = world.account("eve")
    options = ada("POST", "/auth/passkeys/register/options").json()["options"]
    asked = {"name": "mine now", "credential": device.create(options)}
    assert eve("POST", "/auth/passkeys/register/verify", json=asked).status_code == 401
    login = world.door.post("/auth/passkeys/login/verify", json={"credential": device.get(options)})
    assert login.status_code == 401


def test_it_is_taken_away_unless_it_is_the_last_way_in(
    world: World, ada: Account, device: Authenticator
) -> None:
    own = add(ada, device).json()["id"]
    assert world.account("eve")("DELETE", f"/auth/passkeys/{own}").status_code == 404
    with world.databases["auth"].begin() as connection:
        connection.exec_driver_sql("UPDATE users SET password_hash = NULL")
    assert ada("DELETE", f"/auth/passkeys/{own}").json()["type"] == "urn:marquee:last-proof"
    with world.databases["auth"].begin() as connection:
        connection.exec_driver_sql("UPDATE users SET password_hash = 'x'")
    assert ada("DELETE", f"/auth/passkeys/{own}").status_code == 204
    assert log_in(world, device).status_code == 401


def test_adding_one_takes_a_fresh_proof(world: World, ada: Account) -> None:
    world.clock.turn(seconds=FRESH.total_seconds() + 1)
    answer = ada("POST", "/auth/passkeys/register/options")
    assert answer.json()["type"] == "urn:marquee:step-up-needed"
