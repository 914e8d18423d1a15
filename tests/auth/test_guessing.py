"""Guesses are slowed down and ended; the owner always has a way in."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.auth.domain.guessing import (
    STRICT,
    WINDOW_SECONDS,
    GuessingRefusedError,
    GuessingRules,
    Limit,
    Tally,
)
from apps.auth.memory import MemoryThrottle
from apps.auth.throttle import RedisThrottle, WatchfulThrottle
from apps.kit.testing.clock import TurnedClock
from tests.flows.world import PASSWORD, World

ADA = {"email": "ada@example.com", "password": PASSWORD}
RULES = GuessingRules()


def guess(world: World, password: str = "a wrong password", **more: str) -> tuple[int, str | None]:
    answer = world.door.post("/auth/login", json={**ADA, "password": password, **more})
    return answer.status_code, answer.headers.get("retry-after")


def test_five_guesses_are_free_and_then_each_waits_longer(world: World) -> None:
    world.account("ada")
    assert [guess(world)[0] for _ in range(RULES.free)] == [401] * RULES.free
    for wait in (1, 2, 4, 8, 16):
        assert guess(world) == (429, str(wait))
        world.clock.turn(seconds=wait)
        assert guess(world)[0] == 401
    # Ten in a quarter of an hour: only another proof helps now, or time.
    status, wait_for = guess(world, PASSWORD)
    assert status == 429
    world.clock.turn(seconds=int(wait_for or 0) + 1)
    assert guess(world, PASSWORD)[0] == 200
    assert guess(world)[0] == 401


def test_nobody_learns_by_it_who_has_an_account(world: World) -> None:
    for _ in range(RULES.free):
        assert guess(world)[0] == 401
    assert guess(world) == (429, "1")


def test_a_strangers_guesses_lock_no_owner_out(world: World) -> None:
    world.account("ada")
    first = world.door.post("/auth/login", json=ADA).json()
    for _ in range(RULES.most):
        guess(world)
        world.clock.turn(seconds=WINDOW_SECONDS + 61)
    assert guess(world, PASSWORD)[0] == 429
    # A device that she has signed in on before,
    assert guess(world, PASSWORD, device_token=first["device_token"])[0] == 200
    # a link by mail,
    world.mail()
    world.door.post("/auth/email/login", json={"email": "ada@example.com"})
    secret = re.search(r"#(\S+)", world.mail()[0].text)
    assert secret
    answer = world.door.post("/auth/email/login/verify", json={"token": secret.group(1)})
    assert answer.status_code == 200
    # and a new password open the account.
    world.door.post("/auth/password/forgot", json={"email": "ada@example.com"})
    secret = re.search(r"#(\S+)", world.mail()[0].text)
    assert secret
    asked = {"token": secret.group(1), "password": "quite another password"}
    assert world.door.post("/auth/password/reset", json=asked).status_code == 204
    assert guess(world, "quite another password")[0] == 200


def test_a_known_device_of_another_is_no_way_around(world: World) -> None:
    world.account("ada")
    eve = world.account("eve").tokens["device_token"]
    for _ in range(RULES.free):
        assert guess(world, device_token=eve)[0] == 401
    assert guess(world, device_token=eve)[0] == 429
    # They were counted with everybody's, not apart.
    assert guess(world)[0] == 429


def test_many_right_passwords_at_once_all_succeed(world: World) -> None:
    world.account("ada")
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda _: guess(world, PASSWORD)[0], range(24)))
    assert statuses == [200] * 24


def test_a_network_has_its_own_limit() -> None:
    clock = TurnedClock()
    throttle = MemoryThrottle(RULES, clock)
    limits = (Limit(2, 10), Limit(3, 100))
    throttle.spend("net", limits)
    throttle.spend("net", limits)
    with pytest.raises(GuessingRefusedError) as refused:
        throttle.spend("net", limits)
    assert refused.value.headers["Retry-After"] == "10"
    clock.turn(seconds=10)
    with pytest.raises(GuessingRefusedError):
        throttle.spend("net", limits)
    throttle.spend("another", limits)


def test_without_the_shared_counters_each_process_is_stricter() -> None:
    clock = TurnedClock()
    away = RedisThrottle("redis://127.0.0.1:1/0", RULES, clock)
    throttle = WatchfulThrottle(away, MemoryThrottle(STRICT, clock))
    for _ in range(STRICT.free):
        throttle.begin("key")
        throttle.end("key", right=False)
    with pytest.raises(GuessingRefusedError):
        throttle.begin("key")
    clock.turn(seconds=2)
    throttle.begin("key")
    throttle.end("key", right=True)
    throttle.begin("key")


class Guesser(RuleBasedStateMachine):
    """Whatever comes in whatever order: never more guesses than the rules allow, and patience is rewarded."""

    @initialize()
    def begin(self) -> None:
        self.now, self.tally = 1_000_000.0, Tally()
        self.under_way = 0
        self.tried: list[float] = []
        self.in_a_row = 0

    @rule(seconds=st.floats(0, 2000))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def start(self) -> None:
        try:
            self.tally = self.tally.begun(RULES, self.now)
        except GuessingRefusedError:
            return
        self.under_way += 1

    @rule(right=st.sampled_from([True, False, None]))
    def finish(self, right: bool | None) -> None:
        if not self.under_way:
            return
        self.under_way -= 1
        self.tried.append(self.now)
        if right:
            self.tally, self.in_a_row = Tally(), 0
        elif right is False:
            self.tally = self.tally.failed(self.now)
            self.in_a_row += 1
        else:
            self.tally = self.tally.dropped()

    @invariant()
    def bounded(self) -> None:
        assert self.tally.failures == self.in_a_row
        assert self.in_a_row < RULES.most + RULES.at_once
        if self.in_a_row >= RULES.most:
            with pytest.raises(GuessingRefusedError):
                self.tally.begun(RULES, self.now)

    @invariant()
    def an_owner_who_waits_may_try(self) -> None:
        if self.in_a_row < RULES.most:
            self.tally.begun(RULES, self.now + WINDOW_SECONDS + 61)


Guesser.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=40)
TestGuesser = Guesser.TestCase
