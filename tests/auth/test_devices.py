"""A television is let in by a short code: once, in time, by its owner, and no faster than it may ask."""

from typing import Any

import pytest

from apps.auth.domain.device import LENGTH, LETTERS, POLL_SECONDS
from apps.auth.domain.guessing import GuessingRules
from tests.flows.world import Account, World


@pytest.fixture
def ada(world: World) -> Account:
    # The door reads tokens by the real time: none may come from the future.
    world.clock.turn(minutes=-3)
    return world.account("ada")


def begin(world: World) -> dict[str, Any]:
    codes: dict[str, Any] = world.door.post("/auth/device/code", json={"device": "sofa"}).json()
    return codes


def ask(world: World, codes: dict[str, Any]) -> tuple[int, str | None]:
    answer = world.door.post("/auth/device/token", json={"device_code": codes["device_code"]})
    return answer.status_code, answer.json().get("error")


def answer(somebody: Account, codes: dict[str, Any], *, allow: bool = True) -> int:
    asked = {"user_code": codes["user_code"], "allow": allow}
    return int(somebody("POST", "/auth/device/approve", json=asked).status_code)


def test_a_code_is_short_and_without_words(world: World) -> None:
    codes = begin(world)
    plain = codes["user_code"].replace("-", "")
    assert len(plain) == LENGTH
    assert set(plain) <= set(LETTERS)
    assert (
        codes["verification_uri_complete"] == f"http://web.test/account/device#{codes['user_code']}"
    )
    assert (codes["expires_in"], codes["interval"]) == (600, POLL_SECONDS)
    assert begin(world)["user_code"] != codes["user_code"]


def test_a_television_is_let_in_once(world: World, ada: Account) -> None:
    codes = begin(world)
    assert ask(world, codes) == (400, "authorization_pending")
    looked = ada("POST", "/auth/device/look", json={"user_code": codes["user_code"].lower()})
    assert looked.json()["device"] == "sofa"
    assert answer(ada, codes) == 204
    tokens = world.door.post(
        "/auth/device/token", json={"device_code": codes["device_code"]}
    ).json()
    listed = Account(world.door, tokens)("GET", "/auth/sessions").json()["items"]
    assert [(s["device"], s["proofs"]) for s in listed if s["current"]] == [("sofa", ["device"])]
    assert ask(world, codes) == (400, "expired_token")


def test_a_refused_television_stays_outside(world: World, ada: Account) -> None:
    codes = begin(world)
    assert answer(ada, codes, allow=False) == 204
    assert ask(world, codes) == (400, "access_denied")
    # A second thought is none: the code was answered.
    assert answer(ada, codes) == 404


def test_a_code_dies_with_its_time(world: World, ada: Account) -> None:
    codes = begin(world)
    world.clock.turn(minutes=10, seconds=1)
    assert answer(ada, codes) == 404
    assert ask(world, codes) == (400, "expired_token")
    assert ask(world, {"device_code": "x" * 43}) == (400, "expired_token")


def test_who_asks_too_often_has_to_wait_longer(world: World, ada: Account) -> None:
    codes = begin(world)
    assert ask(world, codes) == (400, "authorization_pending")
    assert ask(world, codes) == (400, "slow_down")
    world.clock.turn(seconds=POLL_SECONDS)
    assert ask(world, codes) == (400, "slow_down")
    world.clock.turn(seconds=3 * POLL_SECONDS)
    assert ask(world, codes) == (400, "authorization_pending")
    assert answer(ada, codes) == 204
    assert (
        world.door.post(
            "/auth/device/token", json={"device_code": codes["device_code"]}
        ).status_code
        == 200
    )


def test_codes_cannot_be_guessed(world: World, ada: Account) -> None:
    codes = begin(world)
    for _ in range(GuessingRules().free):
        assert answer(ada, {"user_code": "BBBB-BBBB"}) == 404
    assert answer(ada, codes) == 429
    nobody = world.door.post(
        "/auth/device/approve", json={"user_code": codes["user_code"], "allow": True}
    )
    assert nobody.status_code == 401


def test_of_a_televisions_secret_the_hash_is_kept(world: World) -> None:
    codes = begin(world)
    with world.databases["auth"].begin() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM device_grants").mappings().one()
    assert codes["device_code"] not in str(dict(kept))
