"""A second factor: begun, confirmed, asked for, used once, lost, and taken away."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from apps.auth.domain.guessing import GuessingRules
from apps.auth.domain.session import FRESH
from tests.flows.world import PASSWORD, Account, World

ADA = {"email": "ada@example.com", "password": PASSWORD}


class Telephone:
    """An authenticator app that has the seed."""

    def __init__(self, world: World, uri: str) -> None:
        self._world = world
        totp = pyotp.parse_uri(uri)
        assert isinstance(totp, pyotp.TOTP)
        assert (totp.issuer, totp.name) == ("Marquee", "ada@example.com")
        self._totp = totp

    def code(self, later: int = 0) -> str:
        return self._totp.at(self._world.clock.now + timedelta(seconds=30 * later))


@pytest.fixture
def ada(world: World) -> Account:
    # The door reads tokens by the real time: none may come from the future.
    world.clock.turn(minutes=-4)
    return world.account("ada")


@pytest.fixture
def telephone(world: World, ada: Account) -> Telephone:
    begun = ada("POST", "/auth/mfa/totp/enrol").json()
    assert begun["seed"] in begun["uri"]
    return Telephone(world, begun["uri"])


@pytest.fixture
def recovery(ada: Account, telephone: Telephone) -> list[str]:
    confirmed = ada("POST", "/auth/mfa/totp/confirm", json={"code": telephone.code()})
    codes: list[str] = confirmed.json()["codes"]
    return codes


def challenge(world: World) -> str:
    answer = world.door.post("/auth/login", json=ADA)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:marquee:second-factor-needed")
    assert answer.json()["expires_in"] == 300
    return str(answer.json()["challenge"])


def verify(world: World, **asked: Any) -> int:
    return world.door.post("/auth/mfa/totp/verify", json=asked).status_code


def test_nothing_is_asked_for_before_it_is_confirmed(
    world: World, ada: Account, telephone: Telephone
) -> None:
    assert world.door.post("/auth/login", json=ADA).status_code == 200
    wrong = "000000" if telephone.code() != "000000" else "000001"
    assert ada("POST", "/auth/mfa/totp/confirm", json={"code": wrong}).status_code == 401
    assert world.door.post("/auth/login", json=ADA).status_code == 200


def test_a_code_is_good_once(world: World, recovery: list[str], telephone: Telephone) -> None:
    assert len(set(recovery)) == 10
    # The code that confirmed it is used up, too.
    assert verify(world, challenge=challenge(world), code=telephone.code()) == 401
    world.clock.turn(seconds=31)
    code = telephone.code()
    shown = challenge(world)
    answer = world.door.post("/auth/mfa/totp/verify", json={"challenge": shown, "code": code})
    assert answer.status_code == 200
    listed = Account(world.door, answer.json())("GET", "/auth/sessions").json()["items"]
    assert [s["proofs"] for s in listed if s["current"]] == [["pwd", "otp"]]
    assert verify(world, challenge=shown, code=code) == 401


def test_a_clock_may_be_off_by_one_step_and_no_more(
    world: World, recovery: list[str], telephone: Telephone
) -> None:
    assert recovery
    world.clock.turn(seconds=90)
    shown = challenge(world)
    assert verify(world, challenge=shown, code=telephone.code(-2)) == 401
    assert verify(world, challenge=shown, code=telephone.code(2)) == 401
    assert verify(world, challenge=shown, code=telephone.code(1)) == 200
    # Codes do not go back in time.
    assert verify(world, challenge=shown, code=telephone.code()) == 401


def test_a_challenge_is_ours_and_young(
    world: World, recovery: list[str], telephone: Telephone
) -> None:
    assert recovery
    world.clock.turn(seconds=31)
    shown = challenge(world)
    assert verify(world, challenge="x" * 40, code=telephone.code()) == 401
    # The token of a known device is no challenge.
    other = world.account("eve").tokens["device_token"]
    assert verify(world, challenge=other, code=telephone.code()) == 401
    world.clock.turn(minutes=5, seconds=1)
    assert verify(world, challenge=shown, code=telephone.code()) == 401


def test_codes_on_paper_are_good_once_each(world: World, recovery: list[str]) -> None:
    world.mail()
    for code, status in ((recovery[0], 200), (recovery[0], 401), (recovery[1], 200)):
        asked = {"challenge": challenge(world), "code": code}
        assert world.door.post("/auth/mfa/recovery", json=asked).status_code == status
    assert [m.subject for m in world.mail()] == ["Marquee: Your second factor"] * 2


def test_other_codes_for_paper(world: World, ada: Account, recovery: list[str]) -> None:
    fresh = ada("POST", "/auth/mfa/recovery/renew").json()["codes"]
    assert not set(fresh) & set(recovery)
    for code, status in ((recovery[5], 401), (fresh[5], 200)):
        asked = {"challenge": challenge(world), "code": code}
        assert world.door.post("/auth/mfa/recovery", json=asked).status_code == status


def test_guesses_at_codes_have_a_count_of_their_own(
    world: World, recovery: list[str], telephone: Telephone
) -> None:
    shown = challenge(world)
    good = telephone.code(1)
    wrong = next(
        f"{n:06}"
        for n in range(10)
        if f"{n:06}" not in (telephone.code(), good, telephone.code(-1))
    )
    for _ in range(GuessingRules().free):
        assert verify(world, challenge=shown, code=wrong) == 401
    assert verify(world, challenge=shown, code=good) == 429
    # The password, and the codes on paper, are counted apart.
    asked = {"challenge": challenge(world), "code": recovery[0]}
    assert world.door.post("/auth/mfa/recovery", json=asked).status_code == 200


def test_it_is_changed_only_shortly_after_a_proof(
    world: World, ada: Account, recovery: list[str], telephone: Telephone
) -> None:
    assert recovery
    world.clock.turn(seconds=FRESH.total_seconds() + 1)
    for method, path in (
        ("DELETE", "/auth/mfa/totp"),
        ("POST", "/auth/mfa/recovery/renew"),
        ("POST", "/auth/mfa/totp/enrol"),
    ):
        assert ada(method, path).json()["type"] == "urn:marquee:step-up-needed"
    # The password alone is not enough for a step up.
    assert ada("POST", "/auth/step-up", json={"password": PASSWORD}).status_code == 401
    both = {"password": PASSWORD, "code": telephone.code()}
    assert ada("POST", "/auth/step-up", json=both).status_code == 200
    assert ada("POST", "/auth/mfa/totp/enrol").status_code == 409
    assert ada("DELETE", "/auth/mfa/totp").status_code == 204
    assert world.door.post("/auth/login", json=ADA).status_code == 200


def test_a_link_by_mail_asks_for_it_too(
    world: World, recovery: list[str], telephone: Telephone
) -> None:
    assert recovery
    world.mail()
    world.door.post("/auth/email/login", json={"email": "ada@example.com"})
    secret = world.mail()[0].text.partition("#")[2].split()[0]
    answer = world.door.post("/auth/email/login/verify", json={"token": secret})
    assert answer.json()["type"] == "urn:marquee:second-factor-needed"
    world.clock.turn(seconds=31)
    assert verify(world, challenge=answer.json()["challenge"], code=telephone.code()) == 200
    again = world.door.post("/auth/email/login/verify", json={"token": secret})
    assert again.status_code == 422


def test_the_seed_lies_wrapped_and_the_codes_hashed(
    world: World, ada: Account, recovery: list[str]
) -> None:
    with world.databases["auth"].begin() as connection:
        seed = connection.exec_driver_sql("SELECT wrapped_seed FROM totps").scalar_one()
        kept = connection.exec_driver_sql("SELECT digest FROM recovery_codes").scalars().all()
    assert seed.startswith("1:")
    assert len(kept) == 10
    assert not set(recovery) & set(kept)
    assert "$" not in str(ada("GET", "/auth/me/export").json())
