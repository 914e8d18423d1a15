"""Copies in a real Redis: of who acts, and of what profiles reads through its sidecar."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
import redis

from apps.gateway.copies import RedisActingCopies
from apps.gateway.domain import Acting
from apps.gateway.memory import MemoryActingCopies
from apps.gateway.ports import ActingCopies
from apps.kit.errors import UnavailableError
from scripts.clients.session import ApiError
from tests.platform.stage import Stage

pytestmark = pytest.mark.platform

GROWN, KID = Acting(UUID(int=1), None, "hd"), Acting(UUID(int=2), 12, "sd")
NOBODY = Acting(None, 0, "hd")


def address(stage: Stage, number: int) -> str:
    password = stage.platform.secrets["redis_password"]
    return f"redis://:{password}@127.0.0.1:{stage.places.port('redis')}/{number}"


@pytest.fixture(params=["memory", "redis"])
async def copies(request: pytest.FixtureRequest, stage: Stage) -> AsyncIterator[ActingCopies]:
    if request.param == "memory":
        yield MemoryActingCopies()
        return
    real = RedisActingCopies(address(stage, 1), seconds=5)
    yield real
    await real.close()


@pytest.mark.anyio
async def test_a_copy_is_kept_for_its_session_until_the_household_changes(
    copies: ActingCopies,
) -> None:
    user, one, other = uuid4(), uuid4(), uuid4()
    assert await copies.get(user, one) == (None, "")
    for session, acting in ((one, GROWN), (other, KID), (one, NOBODY)):
        await copies.keep(user, session, acting, "")
        assert (await copies.get(user, session))[0] == acting
    copies.forget(user)
    found, version = await copies.get(user, other)
    assert found is None
    assert version


@pytest.mark.anyio
async def test_what_was_asked_before_a_change_is_not_kept_after_it(copies: ActingCopies) -> None:
    user, session = uuid4(), uuid4()
    _, before = await copies.get(user, session)
    await copies.forget_soon(user)
    await copies.keep(user, session, GROWN, before)
    found, after = await copies.get(user, session)
    assert found is None
    await copies.keep(user, session, KID, after)
    assert (await copies.get(user, session))[0] == KID


@pytest.mark.anyio
async def test_a_redis_that_is_away_is_named() -> None:
    away = RedisActingCopies("redis://127.0.0.1:1/0")
    with pytest.raises(UnavailableError):
        await away.get(uuid4(), uuid4())
    with pytest.raises(UnavailableError):
        away.forget(uuid4())
    await away.keep(uuid4(), uuid4(), KID, "")
    await away.forget_soon(uuid4())
    await away.close()


def test_reads_of_profiles_are_right_with_redis_there_away_and_back(stage: Stage) -> None:
    user = stage.viewer.call("GET", "/auth/me")["id"]
    path = f"/profiles/{user}"

    def rename(name: str) -> bool:
        """Whether it was done, and not refused for the moment."""
        try:
            stage.viewer.call("PUT", f"{path}/{user}", json={"name": name})
        except ApiError as refused:
            if refused.status != 503:
                raise
            return False
        return True

    def shown() -> str:
        return str(stage.viewer.call("GET", path)["profiles"][0]["name"])

    assert rename("Before")
    assert [shown(), shown()] == ["Before", "Before"]
    with redis.Redis.from_url(address(stage, 2)) as store:
        assert any(b"household:" in key for key in store.scan_iter())
    stage.supervisor.kill("redis", again=False)
    try:
        assert shown() == "Before"
        name = "While away" if rename("While away") else "Before"
        assert shown() == name
    finally:
        stage.supervisor.revive("redis")
    assert stage.until(lambda: rename("Back again"))
    assert [shown() for _ in range(5)] == ["Back again"] * 5
