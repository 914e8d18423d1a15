"""Equal reads become one, too much is refused in order, and nobody waits for ever."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest

from apps.gateway.backends import Backends, Call
from apps.gateway.domain import Priority
from apps.gateway.lanes import AT_ONCE, RETRIES_MOST, Lane
from apps.kit import deadline
from apps.kit.clock import utc_now
from apps.kit.errors import UnavailableError
from apps.kit.identity import Caller, InternalTokens, Role
from apps.kit.invoke import Answer
from scripts.local.secret_files import _pair

READ = Call("catalog", "GET", "/titles", None)
SOMEBODY = Caller(uuid4(), frozenset({Role.VIEWER}), uuid4())


@dataclass
class Services:
    """What the door calls; `go` lets answers out, `away` answers none of so many calls."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    away: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def call(
        self, service: str, method: str, path: str, *, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        self.calls.append((method, path))
        self.headers.append(headers)
        if self.away > 0:
            self.away -= 1
            raise UnavailableError("away")
        await self.go.wait()
        return Answer(200, {"content-type": "application/json"}, b"{}")


def backends(services: Services) -> Backends:
    return Backends(services, InternalTokens("1", _pair()["private"], utc_now))


async def settled() -> None:
    """Everything that can run has run."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.anyio
async def test_equal_reads_at_once_become_one() -> None:
    services = Services()
    door = backends(services)
    asked = [asyncio.create_task(door.call(READ)) for _ in range(20)]
    asked.append(asyncio.create_task(door.call(replace(READ, caller=SOMEBODY))))
    kid = replace(SOMEBODY, max_age=12)
    asked.append(asyncio.create_task(door.call(replace(READ, caller=kid))))
    await settled()
    # Those with an age limit ask for themselves.
    assert len(services.calls) == 2
    asked[0].cancel()
    services.go.set()
    answers = await asyncio.gather(*asked[1:])
    assert {answer.status for answer in answers} == {200}
    await door.call(READ)
    assert len(services.calls) == 3


@pytest.mark.anyio
async def test_writes_and_what_is_ones_own_are_never_shared() -> None:
    services = Services()
    door = backends(services)
    own = Call("profiles", "GET", "/profiles/1", SOMEBODY)
    write = Call("videos", "POST", "/videos", SOMEBODY)
    asked = [asyncio.create_task(door.call(call)) for call in (own, own, write, write)]
    await settled()
    assert len(services.calls) == 4
    services.go.set()
    await asyncio.gather(*asked)


@pytest.mark.anyio
async def test_what_plays_goes_before_who_browses_before_what_can_wait() -> None:
    services = Services()
    door, asked = backends(services), []
    taken: dict[Priority, int] = {}
    for priority in (Priority.BACKGROUND, Priority.BROWSE, Priority.PLAY):
        for number in range(AT_ONCE + 1):
            call = Call("profiles", "GET", f"/{priority}/{number}", SOMEBODY, priority=priority)
            asked.append(asyncio.create_task(door.call(call)))
        await settled()
        taken[priority] = len(services.calls)
    assert list(taken.values()) == [AT_ONCE // 2, round(AT_ONCE * 0.8) + 1, AT_ONCE]
    services.go.set()
    results = await asyncio.gather(*asked, return_exceptions=True)
    refused = [each for each in results if isinstance(each, UnavailableError)]
    assert len(refused) == len(asked) - AT_ONCE
    assert {each.headers["Retry-After"] for each in refused} == {"1"}
    # Another service has a lane of its own, and this one is free again.
    await door.call(replace(READ, target="/x"))
    await door.call(Call("profiles", "GET", "/x", SOMEBODY, priority=Priority.BACKGROUND))


@pytest.mark.anyio
async def test_a_read_is_asked_again_once_and_a_write_never() -> None:
    services = Services()
    services.go.set()
    door = backends(services)
    services.away = 1
    assert (await door.call(READ)).status == 200
    services.away = 1
    with pytest.raises(UnavailableError):
        await door.call(Call("videos", "POST", "/videos", SOMEBODY))
    services.away = 2
    with pytest.raises(UnavailableError):
        await door.call(READ)
    assert len(services.calls) == 2 + 1 + 2


@pytest.mark.anyio
async def test_second_attempts_have_a_budget() -> None:
    services = Services(away=1000)
    door = backends(services)
    for number in range(100):
        with pytest.raises(UnavailableError):
            await door.call(replace(READ, target=f"/titles?limit={number}"))
    assert 100 + RETRIES_MOST <= len(services.calls) <= 100 * 1.1 + RETRIES_MOST + 1


@pytest.mark.anyio
async def test_nobody_waits_longer_than_said_and_the_service_knows() -> None:
    services = Services()
    door = backends(services)
    with pytest.raises(UnavailableError, match="late"):
        await door.call(Call("profiles", "GET", "/x", SOMEBODY, seconds=0.01))
    assert services.headers[0][deadline.HEADER] == "10"


def test_a_lane_is_free_again_whatever_happened_in_it() -> None:
    lane = Lane("catalog", 1)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"), lane.place(Priority.PLAY):
            raise ValueError("no")


def test_what_nobody_waits_for_is_not_begun() -> None:
    with deadline.waiting({deadline.HEADER: "0"}), pytest.raises(UnavailableError):
        deadline.check()
    for headers in (
        {},
        {deadline.HEADER: "60000"},
        {deadline.HEADER: "x"},
        {deadline.HEADER: "-1"},
    ):
        with deadline.waiting(headers):
            deadline.check()
    deadline.check()
