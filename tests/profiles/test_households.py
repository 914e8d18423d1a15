"""The household: its profiles, who looks after them, and what a PIN keeps shut."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from apps.kit.clock import utc_now
from apps.profiles.domain.pin import FIRST_SECONDS, FREE, MOST_SECONDS, Pin, PinWaitError
from tests.flows.world import PASSWORD, Account, World


@pytest.fixture
def viewer(world: World) -> Account:
    return world.account("viewer")


def add(viewer: Account, name: str, **more: Any) -> str:
    made = viewer("POST", f"/profiles/{viewer.id}", json={"name": name, **more})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def choose(viewer: Account, profile: object, pin: str | None = None) -> Any:
    return viewer("POST", f"/profiles/{viewer.id}/{profile}/choose", json={"pin": pin})


def names(viewer: Account) -> list[str]:
    listed = viewer("GET", f"/profiles/{viewer.id}").json()["profiles"]
    return [profile["name"] for profile in listed]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:marquee:")


def test_a_household_begins_with_one_profile_of_the_accounts_id(viewer: Account) -> None:
    household = viewer("GET", f"/profiles/{viewer.id}").json()
    assert [profile["id"] for profile in household["profiles"]] == [str(viewer.id)]
    assert household["most"] == 5


def test_it_has_as_many_profiles_as_its_plan_allows(world: World, viewer: Account) -> None:
    for number in range(4):
        add(viewer, f"number {number}")
    full = viewer("POST", f"/profiles/{viewer.id}", json={"name": "one more"})
    assert code(full) == (409, "too-many-profiles")

    boss = world.account("boss", "operator")
    lesser = boss("PUT", f"/households/{viewer.id}/plan", json={"plan": "sd"})
    assert (lesser.json()["most"], len(lesser.json()["profiles"])) == (2, 5)
    assert viewer("PUT", f"/households/{viewer.id}/plan", json={"plan": "hd"}).status_code == 403


def test_a_profile_is_changed_read_and_removed(viewer: Account) -> None:
    path = f"/profiles/{viewer.id}/{add(viewer, 'Ada')}"
    wish = {"name": " Ida ", "avatar": "fox", "language": "de-CH", "subtitle_language": "en"}
    changed = viewer("PUT", path, json=wish).json()
    assert (changed["name"], changed["language"], changed["autoplay"]) == ("Ida", "de-CH", True)
    assert viewer("GET", path).json() == changed
    assert viewer("DELETE", path).status_code == 204
    assert code(viewer("GET", path)) == (404, "profile-not-found")
    assert names(viewer) == ["Me"]


def test_profiles_are_put_in_another_order(viewer: Account) -> None:
    ada, ben = add(viewer, "Ada"), add(viewer, "Ben")
    path, first = f"/profiles/{viewer.id}", str(viewer.id)
    assert viewer("PUT", path, json={"profile_ids": [first, ben, ada]}).status_code == 200
    assert names(viewer) == ["Me", "Ben", "Ada"]
    refused = viewer("PUT", path, json={"profile_ids": [ben, first, ada]})
    assert code(refused) == (409, "first-profile")
    for wrong in ([first, ben], [first, ben, ben], [first, ben, ada, ada]):
        assert viewer("PUT", path, json={"profile_ids": wrong}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"name": ""}, {"name": " "}, {"name": "x" * 41}, {"name": "a\x00b"}, {"name": "x", "max_age": 22},
        {"name": "x", "max_age": -1}, {"name": "x", "kids": "yes"}, {"name": "x", "language": "d"},
        {"name": "x", "avatar": "../x"}, {"name": "x", "pin": "1234"},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(viewer: Account, wrong: dict[str, object]) -> None:
    assert viewer("POST", f"/profiles/{viewer.id}", json=wrong).status_code == 422


def test_kids_mode_has_a_limit_whatever_is_asked(viewer: Account) -> None:
    limits = []
    for max_age in (None, 6, 18):
        kid = add(viewer, "Kim", kids=True, max_age=max_age)
        limits.append(viewer("GET", f"/profiles/{viewer.id}/{kid}").json()["limit"])
    assert limits == [12, 6, 12]


def test_the_first_profile_stays_without_a_limit(viewer: Account) -> None:
    path = f"/profiles/{viewer.id}/{viewer.id}"
    for wish in ({"name": "x", "kids": True}, {"name": "x", "max_age": 16}):
        assert code(viewer("PUT", path, json=wish)) == (409, "first-profile")
    assert code(viewer("DELETE", path)) == (409, "first-profile")


def test_a_profile_with_a_limit_looks_after_nothing(viewer: Account) -> None:
    kid, own = add(viewer, "Kim", kids=True), f"/profiles/{viewer.id}"
    assert choose(viewer, kid).json() == {"profile_id": kid, "max_age": 12}
    for method, path, asked in (
        ("POST", own, {"name": "Free"}),
        ("PUT", f"{own}/{kid}", {"name": "Kim", "kids": False}),
        ("DELETE", f"{own}/{kid}", None),
        ("PUT", own, {"profile_ids": [kid, str(viewer.id)]}),
    ):
        assert code(viewer(method, path, json=asked)) == (403, "guardian-only")
    assert code(viewer("GET", f"{own}/{viewer.id}/history")) == (403, "other-profile")
    assert viewer("GET", f"{own}/{kid}/history").status_code == 200


def test_whose_limits_they_are_may_look_into_limited_profiles(viewer: Account) -> None:
    kid, grown = add(viewer, "Kim", max_age=12), add(viewer, "Uncle")
    assert viewer("GET", f"/profiles/{viewer.id}/{kid}/history").status_code == 200
    assert code(viewer("GET", f"/profiles/{viewer.id}/{grown}/history")) == (403, "other-profile")


def test_nobody_reaches_anothers_household(world: World, viewer: Account) -> None:
    other = world.account("other")
    for method, path in (
        ("GET", f"/profiles/{viewer.id}"),
        ("POST", f"/profiles/{viewer.id}/{viewer.id}/choose"),
        ("GET", f"/profiles/{viewer.id}/{viewer.id}/watchlist"),
        ("GET", f"/profiles/{other.id}/{viewer.id}/watchlist"),
    ):
        asked: Any = {} if method == "POST" else None
        assert other(method, path, json=asked).status_code == 404, path
    assert world.door.get(f"/profiles/{viewer.id}").status_code == 401


def test_a_pin_keeps_a_profile_shut(world: World, viewer: Account) -> None:
    kid, first = add(viewer, "Kim", kids=True), viewer.id
    locked = viewer("PUT", f"/profiles/{first}/{first}/pin", json={"pin": "4711"})
    assert locked.json()["locked"] is True
    assert "4711" not in viewer("GET", f"/profiles/{first}").text
    assert choose(viewer, kid).status_code == 200

    assert code(choose(viewer, first)) == (403, "pin-needed")
    for _ in range(FREE):
        assert code(choose(viewer, first, "0000")) == (403, "pin-needed")
    waiting = choose(viewer, first, "4711")
    assert (code(waiting), waiting.headers["retry-after"]) == (
        (429, "pin-wait"),
        str(FIRST_SECONDS),
    )
    world.clock.turn(seconds=FIRST_SECONDS)
    assert choose(viewer, first, "4711").json() == {"profile_id": str(first), "max_age": None}
    # A right one starts the count anew.
    assert code(choose(viewer, first, "0000")) == (403, "pin-needed")


def test_without_a_choice_a_locked_household_shows_what_everybody_may_see(
    world: World, viewer: Account
) -> None:
    viewer("PUT", f"/profiles/{viewer.id}/{viewer.id}/pin", json={"pin": "4711"})
    path = f"/profiles/{viewer.id}/{viewer.id}"
    assert code(viewer("GET", f"{path}/history")) == (403, "other-profile")
    assert code(viewer("DELETE", f"{path}")) == (403, "guardian-only")


def test_a_forgotten_pin_is_set_anew_by_whoever_has_just_signed_in(
    world: World, viewer: Account
) -> None:
    path = f"/profiles/{viewer.id}/{viewer.id}/pin"
    viewer("PUT", path, json={"pin": "4711"})
    world.clock.turn(minutes=6)
    assert code(viewer("DELETE", path)) == (403, "guardian-only")

    world.clock.now = utc_now()
    again = world.door.post(
        "/auth/login", json={"email": "viewer@example.com", "password": PASSWORD}
    )
    assert Account(world.door, again.json())("DELETE", path).json()["locked"] is False
    assert choose(viewer, viewer.id).status_code == 200


def test_each_session_acts_for_itself(world: World, viewer: Account) -> None:
    kid = add(viewer, "Kim", kids=True)
    asked = {"email": "viewer@example.com", "password": PASSWORD}
    television = Account(world.door, world.door.post("/auth/login", json=asked).json())
    choose(television, kid)
    assert viewer("GET", f"/profiles/{viewer.id}/{viewer.id}/history").status_code == 200
    refused = television("GET", f"/profiles/{viewer.id}/{viewer.id}/history")
    assert code(refused) == (403, "other-profile")
    # What acts is forgotten with the session, and with the profile.
    viewer("DELETE", f"/profiles/{viewer.id}/{kid}")
    assert television("GET", f"/profiles/{viewer.id}/{viewer.id}/history").status_code == 200


def test_an_attempt_that_is_repeated_adds_one_profile(viewer: Account) -> None:
    headers = {"Idempotency-Key": "once"}
    made = [
        viewer("POST", f"/profiles/{viewer.id}", json={"name": "Ada"}, headers=headers).json()["id"]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert names(viewer) == ["Me", "Ada"]
    other = viewer("POST", f"/profiles/{viewer.id}", json={"name": "Ben"}, headers=headers)
    assert other.status_code == 422


def test_reads_are_right_with_and_without_their_copies(world: World, viewer: Account) -> None:
    for away in (False, True, False):
        world.state.away = away
        names(viewer)
        ada = add(viewer, f"Ada {away}")
        assert f"Ada {away}" in names(viewer)
        viewer("DELETE", f"/profiles/{viewer.id}/{ada}")
        assert names(viewer) == ["Me"]


def test_who_closes_the_account_is_forgotten(world: World, viewer: Account) -> None:
    kid = add(viewer, "Kim", kids=True)
    choose(viewer, kid)
    assert viewer("DELETE", "/auth/me").status_code == 204
    world.settle()
    with world.databases["profiles"].begin() as connection:
        left = connection.exec_driver_sql("SELECT profiles FROM households").scalar_one()
        choices = connection.exec_driver_sql("SELECT count(*) FROM choices").scalar_one()
    assert (left, choices) == ([], 0)
    assert ("profiles.erased", str(viewer.id)) in [
        (topic, data["user_id"]) for topic, data in world.mesh.facts if "user_id" in data
    ]


class PinMachine(RuleBasedStateMachine):
    """Whatever is guessed and whenever, a stranger's guesses are few, and the right one opens in time."""

    @initialize()
    def begin(self) -> None:
        self.now, self.start = utc_now(), utc_now()
        self.pin, self.guesses = Pin("hashed"), 0

    @rule(wait=st.integers(0, 2 * MOST_SECONDS))
    def wait(self, wait: int) -> None:
        self.now += timedelta(seconds=wait)

    def waits(self) -> bool:
        return self.pin.wait_until is not None and self.now < self.pin.wait_until

    @rule()
    @precondition(waits)
    def guess_too_soon(self) -> None:
        with pytest.raises(PinWaitError) as refused:
            self.pin.guessed(self.now)
        assert 1 <= int(refused.value.headers["Retry-After"]) <= MOST_SECONDS

    @rule()
    @precondition(lambda self: not self.waits())
    def guess_wrong(self) -> None:
        self.pin = self.pin.guessed(self.now)
        self.guesses += 1

    @rule()
    @precondition(lambda self: not self.waits())
    def guess_right(self) -> None:
        self.pin = self.pin.guessed(self.now).right()
        self.guesses, self.start = 0, self.now

    @invariant()
    def guesses_are_few(self) -> None:
        passed = (self.now - self.start).total_seconds()
        doubled = sum(1 for n in range(1, 20) if passed >= FIRST_SECONDS * (2**n - 1) and n < 8)
        assert self.guesses <= FREE + doubled + passed / MOST_SECONDS + 1


PinMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestPin = PinMachine.TestCase
