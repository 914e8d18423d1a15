"""Not more often than allowed, and not by a session that has ended; without Redis with more care, or none."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from apps.gateway.admission import Admission
from apps.gateway.domain import QUOTAS, STRICT, Drawn, Quota, QuotaExceededError, Rate, Route
from apps.gateway.memory import MemoryLimits
from apps.gateway.routes import ROUTES
from apps.kit.errors import UnauthorizedError, UnavailableError
from apps.kit.identity import Caller, Role
from tests.flows.world import World

HERE = "192.0.2.1"


class Away:
    """Limits that cannot be asked."""

    async def draw(self, _: UUID | None, __: Sequence[tuple[str, Quota]]) -> Drawn:
        raise UnavailableError("away")

    def end_session(self, _: UUID) -> None:
        raise UnavailableError("away")


def route(operation: str) -> Route:
    return next(r for r in ROUTES if f"{r.method} {r.path}" == operation)


def caller() -> Caller:
    return Caller(uuid4(), frozenset({Role.VIEWER}), uuid4())


def admission(shared: Any = None, factor: int = 1) -> Admission:
    return Admission(shared or MemoryLimits(lambda: 0.0), MemoryLimits(lambda: 0.0), factor)


@pytest.mark.anyio
async def test_a_bucket_is_emptied_and_says_when_to_come_back() -> None:
    door, somebody, read = admission(), caller(), route("GET /titles")
    own = QUOTAS[Rate.READ][0]
    for left in range(own.burst - 1, -1, -1):
        headers = await door.check(read, somebody, HERE)
        assert headers["ratelimit"].startswith(f'"read";r={left};t=')
    with pytest.raises(QuotaExceededError) as refused:
        await door.check(read, somebody, HERE)
    said = refused.value.headers
    assert said["Retry-After"] == "1"
    assert said["ratelimit-policy"] == f'"read";q={own.burst};w={own.window_seconds}'
    assert refused.value.members == {"violated-policies": ["read"]}
    # Another kind of request, and another user, have buckets of their own.
    await door.check(route("POST /videos"), somebody, HERE)
    await door.check(read, caller(), HERE)


@pytest.mark.anyio
async def test_a_network_has_a_bucket_too_whoever_asks_from_it() -> None:
    door, read = admission(), route("GET /titles")
    network = QUOTAS[Rate.READ][1]
    for _ in range(network.burst):
        await door.check(read, caller(), HERE)
    with pytest.raises(QuotaExceededError):
        await door.check(read, caller(), HERE)
    with pytest.raises(QuotaExceededError):
        await door.check(read, None, HERE)
    await door.check(read, None, "192.0.2.2")
    # What everybody needs, and costs nothing, is always there.
    assert await door.check(route("GET /.well-known/jwks.json"), None, HERE) == {}


@pytest.mark.anyio
async def test_a_bucket_fills_up_again() -> None:
    now = [0.0]
    limits = MemoryLimits(lambda: now[0])
    quota = Quota(60, 2)
    for moment, expected in (
        (0, True),
        (0, True),
        (0, False),
        (0.5, False),
        (1, True),
        (1, False),
        (9, True),
    ):
        now[0] = float(moment)
        drawn = await limits.draw(None, [("key", quota)])
        assert (drawn.short is None) is expected, moment


@pytest.mark.anyio
async def test_without_redis_reads_come_in_and_the_rest_with_more_care() -> None:
    door, somebody = admission(Away()), caller()
    before = REGISTRY.get_sample_value("marquee_unlimited_requests_total", {"rate": "read"}) or 0
    for _ in range(500):
        assert await door.check(route("GET /titles"), somebody, HERE) == {}
    after = REGISTRY.get_sample_value("marquee_unlimited_requests_total", {"rate": "read"})
    assert after == before + 500
    login = route("POST /auth/login")
    for _ in range(QUOTAS[Rate.SIGN_IN][1].burst // STRICT):
        await door.check(login, None, HERE)
    with pytest.raises(QuotaExceededError):
        await door.check(login, None, HERE)
    # Where an ended session would do harm, nobody comes in.
    with pytest.raises(UnavailableError):
        await door.check(route("DELETE /auth/me"), somebody, HERE)
    await door.check(route("POST /playback/{video_id}/sessions"), somebody, HERE)


@pytest.mark.anyio
async def test_an_ended_session_opens_nothing() -> None:
    limits = MemoryLimits(lambda: 0.0)
    door, somebody = admission(limits), caller()
    await door.check(route("GET /titles"), somebody, HERE)
    door.end_session(somebody.session())
    with pytest.raises(UnauthorizedError):
        await door.check(route("GET /titles"), somebody, HERE)


def test_logging_out_ends_the_access_token_too(world: World) -> None:
    viewer = world.account("viewer")
    assert viewer("GET", "/auth/me").status_code == 200
    assert viewer("POST", "/auth/logout-all").status_code == 204
    world.settle()
    refused = viewer("GET", "/auth/me")
    assert (refused.status_code, refused.json()["detail"]) == (
        401,
        "this session has ended; sign in again",
    )


def test_answers_say_what_is_left(world: World) -> None:
    answer = world.door.get("/titles")
    assert answer.headers["ratelimit-policy"] == f'"read";q={1200 * 100};w=12'
    assert answer.headers["ratelimit"].startswith('"read";r=')


def test_every_route_that_must_not_be_missed_is_there() -> None:
    assert {r.path for r in ROUTES if r.sensitive} >= {"/auth/me", "/auth/password/change"}
    assert all(r.rate is Rate.SIGN_IN for r in ROUTES if r.path in ("/auth/login", "/auth/signup"))
    assert [r.path for r in ROUTES if r.rate is Rate.OPEN] == ["/.well-known/jwks.json"]
