"""Each port's promise, kept by the real thing and by its version in memory alike."""

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import redis

from apps.auth.domain.guessing import GuessingRefusedError, GuessingRules, Limit
from apps.auth.memory import MemoryThrottle
from apps.auth.ports.outside import Throttle
from apps.auth.throttle import RedisThrottle
from apps.catalog.domain import Playable, Query, Title, TitleId, TitleNotFoundError
from apps.catalog.memory import MemoryIndex
from apps.catalog.ports import SearchIndex
from apps.catalog.search import TypesenseIndex
from apps.contracts.videos import Metadata, Rating
from apps.edge.domain import MediaObject
from apps.edge.memory import MemoryOrigin
from apps.edge.origin import S3Origin
from apps.gateway.domain import Drawn, Quota
from apps.gateway.limits import RedisLimits
from apps.kit.clock import new_id, utc_now
from apps.kit.objects import s3_client
from apps.playback.domain import SessionId, UserId
from apps.playback.leases import RedisLeases
from apps.playback.memory import MemoryLeases
from apps.playback.ports import Leases
from apps.videos.domain import UploadIncompleteError, UploadPlan
from apps.videos.media import S3Masters
from apps.videos.memory import MemoryMasters
from apps.videos.ports import Masters
from tests.platform.stage import Stage

pytestmark = pytest.mark.platform
PART = 5 * 2**20


@pytest.fixture(params=["memory", "real"])
def real(request: pytest.FixtureRequest) -> bool:
    return str(request.param) == "real"


# Stream leases


@pytest.fixture
def leases(stage: Stage, real: bool) -> Leases:
    return RedisLeases(redis_url(stage)) if real else MemoryLeases(utc_now)


def redis_url(stage: Stage) -> str:
    password, port = stage.platform.secrets["redis_password"], stage.places.port("redis")
    return f"redis://:{password}@127.0.0.1:{port}/2"


def test_a_lease_is_given_up_to_the_limit(leases: Leases) -> None:
    user, one, two, three = UserId(uuid4()), *(SessionId(uuid4()) for _ in range(3))
    assert leases.take(user, one, "sofa", 2).given
    assert leases.take(user, two, "kitchen", 2).given

    refused = leases.take(user, three, "bed", 2)

    assert not refused.given
    assert {(each.session_id, each.device) for each in refused.streams} == {
        (one, "sofa"),
        (two, "kitchen"),
    }
    assert leases.take(user, one, "sofa", 2).given
    assert leases.take(UserId(uuid4()), three, "elsewhere", 2).given
    leases.release(user, two)
    assert not leases.held(user, two)
    assert not leases.renew(user, two)
    assert leases.take(user, three, "bed", 2).given
    assert leases.renew(user, three)
    assert leases.held(user, three)


def test_many_devices_at_once_get_no_more_than_the_limit(stage: Stage) -> None:
    leases, user = RedisLeases(redis_url(stage)), UserId(uuid4())
    given: list[bool] = []

    def take() -> None:
        given.append(leases.take(user, SessionId(uuid4()), "device", 3).given)

    threads = [threading.Thread(target=take) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given.count(True) == 3


def test_a_lease_in_redis_runs_out_by_itself(stage: Stage) -> None:
    leases, user, session = RedisLeases(redis_url(stage)), UserId(uuid4()), SessionId(uuid4())
    leases.take(user, session, "sofa", 1)
    with redis.Redis.from_url(redis_url(stage)) as client:
        name = f"streams:{{{user}}}"
        client.zadd(name, {str(session): time.time() - 1})
        assert not leases.held(user, session)
        assert leases.take(user, SessionId(uuid4()), "bed", 1).given
        assert 0 < int(client.ttl(name)) <= 180


# The search index


@pytest.fixture
def index(stage: Stage, real: bool) -> Iterator[SearchIndex]:
    """An index with these titles and no others."""
    if not real:
        yield filled(MemoryIndex())
        return
    key, port = stage.platform.secrets["typesense_api_key"], stage.places.port("typesense")
    engine = TypesenseIndex(f"http://127.0.0.1:{port}", key, alias="ports")
    yield filled(engine)
    engine.close()


def filled(index: SearchIndex) -> SearchIndex:
    collection = index.begin_collection()
    index.fill(collection, TITLES)
    index.swap(collection)
    return index


def title(name: str, year: int, *genres: str, **more: Any) -> Title:
    coming = more.pop("coming", False)
    said = Metadata(title=name, year=year, genres=genres, **more)
    made = Title(TitleId(new_id()), coming=coming).described(said, 1).publication(True, 1)
    return made if coming else made.media(Playable(60.0, "art/x/poster.jpg", None), 1)


ALIEN = title("Alien", 1979, "Horror", directors=("Ridley Scott",), languages=("English",),
              ratings=(Rating(system="FSK", value="16", min_age=16),))  # fmt: skip
RUNNER = title("Blade Runner", 1982, "Drama", directors=("Ridley Scott",), languages=("English",))
SOLARIS = title("Solaris", 1972, "Drama", languages=("Russian",), countries=("DE", "FR"))
STALKER = title("Stalker", 1979, "Drama", languages=("Russian",))
TITLES = [ALIEN, RUNNER, SOLARIS, STALKER]


def names(index: SearchIndex, **asked: Any) -> list[str]:
    return [hit.card.title for hit in index.search(Query(**asked)).items]


def test_an_index_that_was_never_written_to_finds_nothing(stage: Stage) -> None:
    key, port = stage.platform.secrets["typesense_api_key"], stage.places.port("typesense")
    engine = TypesenseIndex(f"http://127.0.0.1:{port}", key, alias="never-written")
    assert (engine.search(Query()).total, engine.suggest("a", 5, None)) == (0, [])
    engine.close()


def test_filters_narrow_a_search_down(index: SearchIndex) -> None:
    assert names(index, text="ridley", sort="oldest") == ["Alien", "Blade Runner"]
    assert set(names(index, genres=["Drama"])) == {"Blade Runner", "Solaris", "Stalker"}
    assert names(index, genres=["Drama"], languages=["English"]) == ["Blade Runner"]
    assert names(index, year_from=1980) == ["Blade Runner"]
    assert names(index, year_to=1975) == ["Solaris"]
    assert "Solaris" in names(index, country="DE")
    assert "Solaris" not in names(index, country="US")
    assert "Alien" not in names(index, max_age=12)
    assert names(index, text="nothing like it") == []


def test_a_search_is_sorted_and_paged(index: SearchIndex) -> None:
    assert names(index, sort="title") == ["Alien", "Blade Runner", "Solaris", "Stalker"]
    assert names(index, sort="newest")[0] == "Blade Runner"
    assert names(index, sort="title", limit=3, page=2) == ["Stalker"]
    found = index.search(Query(limit=1))
    assert (len(found.items), found.total) == (1, 4)
    assert {facet.value: facet.count for facet in found.facets if facet.field == "genres"} == {
        "Drama": 3,
        "Horror": 1,
    }


def test_what_is_typed_is_completed(index: SearchIndex) -> None:
    assert [card.title for card in index.suggest("sta", 5, None)] == ["Stalker"]
    assert index.suggest("ali", 5, 12) == []


def test_related_titles_share_something_and_are_never_the_title_itself(index: SearchIndex) -> None:
    related = index.related(RUNNER.id, 2, None)
    assert len(related) == 2
    assert RUNNER.id not in [card.id for card in related]
    assert ALIEN.id in [card.id for card in index.related(RUNNER.id, 3, None)]
    assert ALIEN.id not in [card.id for card in index.related(RUNNER.id, 3, 12)]
    with pytest.raises(TitleNotFoundError):
        index.related(TitleId(uuid4()), 3, None)


def test_changes_follow_and_what_is_invisible_leaves(index: SearchIndex) -> None:
    coming = title("Arrival", 2016, "Drama", coming=True)
    index.write([coming, SOLARIS.publication(False, 2)])
    assert names(index, text="arrival") == ["Arrival"]
    assert names(index, text="arrival", playable_only=True) == []
    assert names(index, text="solaris") == []
    index.write([SOLARIS.publication(False, 2)])
    assert names(index, sort="title") == ["Alien", "Arrival", "Blade Runner", "Stalker"]


# Masters


Put = Callable[[str, str, int, bytes], None]


@pytest.fixture
def masters(stage: Stage, real: bool) -> tuple[Masters, Put]:
    """The masters, and what a studio does to put a part there."""
    if not real:
        memory = MemoryMasters()
        return memory, memory.put
    client = store_client(stage)
    stored = S3Masters(client, client, "masters")

    def put(key: str, store_id: str, number: int, data: bytes) -> None:
        part = stored.part_urls(key, store_id, plan(data), [1])[0]
        url = part.url.replace("partNumber=1", f"partNumber={number}")
        assert number == 1 or "Signature" in url
        sent = httpx.put(url, content=data, headers={"Content-MD5": part.content_md5})
        assert sent.is_success, sent.text

    return stored, put


def store_client(stage: Stage) -> Any:
    secrets = stage.platform.secrets
    return s3_client(stage.places.s3_url, secrets["s3_access_key"], secrets["s3_secret_key"])


def plan(data: bytes) -> UploadPlan:
    return UploadPlan(len(data), hashlib.sha256(data).hexdigest(), PART, (md5(data),))


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def test_a_master_is_sent_in_parts_and_joined_once(masters: tuple[Masters, Put]) -> None:
    port, put = masters
    key, data = f"ports/{uuid4()}", b"a film"
    store_id = port.begin(key)
    assert port.stored(key, store_id) == {}
    put(key, store_id, 1, data)
    assert port.stored(key, store_id) == {1: md5(data)}
    port.complete(key, store_id, {1: md5(data)})
    port.complete(key, store_id, {1: md5(data)})
    port.delete(key)
    port.delete(key)


def test_an_aborted_upload_is_gone(masters: tuple[Masters, Put]) -> None:
    port, put = masters
    key = f"ports/{uuid4()}"
    store_id = port.begin(key)
    put(key, store_id, 1, b"part")
    port.abort(key, store_id)
    port.abort(key, store_id)
    with pytest.raises(UploadIncompleteError):
        port.stored(key, store_id)


# Media


def test_an_object_comes_as_it_was_stored(stage: Stage, real: bool) -> None:
    key = f"vod/{uuid4()}/1p1/v/00001.m4s"

    async def fetch() -> tuple[MediaObject | None, MediaObject | None]:
        if real:
            stage.bucket("media").put(key, b"segment", "video/iso.segment")
            origin = S3Origin(store_client(stage), "media")
            fetched = await origin.fetch(key), await origin.fetch(f"{key}x")
            await origin.close()
            return fetched
        memory = MemoryOrigin()
        memory.objects[key] = MediaObject(b"segment", "video/iso.segment", '"etag"')
        return await memory.fetch(key), await memory.fetch(f"{key}x")

    found, missing = asyncio.run(fetch())
    assert found is not None
    assert (found.data, found.content_type) == (b"segment", "video/iso.segment")
    assert found.etag.startswith('"')
    assert missing is None


# Counters of guesses


@pytest.fixture
def throttle(stage: Stage, real: bool) -> Throttle:
    rules = GuessingRules()
    return (
        RedisThrottle(redis_url(stage), rules, utc_now) if real else MemoryThrottle(rules, utc_now)
    )


def test_guesses_are_counted_and_forgotten(throttle: Throttle) -> None:
    key, rules = f"guess {uuid4()}", GuessingRules()
    throttle.begin(key)
    throttle.end(key, right=None)
    for _ in range(rules.free):
        throttle.begin(key)
        throttle.end(key, right=False)
    with pytest.raises(GuessingRefusedError) as refused:
        throttle.begin(key)
    assert refused.value.headers == {"Retry-After": "1"}
    throttle.forget(key)
    throttle.begin(key)
    throttle.end(key, right=True)


def test_a_window_is_spent_and_refunded(throttle: Throttle) -> None:
    key, limits = f"network {uuid4()}", (Limit(2, 60), Limit(3, 600))
    throttle.spend(key, limits)
    throttle.refund(key, limits)
    throttle.spend(key, limits)
    throttle.spend(key, limits)
    with pytest.raises(GuessingRefusedError) as refused:
        throttle.spend(key, limits)
    assert 55 <= int(refused.value.headers["Retry-After"]) <= 60


def test_of_many_guesses_at_once_few_are_tried(stage: Stage) -> None:
    throttle, key = RedisThrottle(redis_url(stage), GuessingRules(), utc_now), f"flood {uuid4()}"
    tried: list[int] = []

    def guess(number: int) -> None:
        try:
            throttle.begin(key)
        except GuessingRefusedError:
            return
        tried.append(number)
        throttle.end(key, right=False)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess, range(2000)))
    rules = GuessingRules()
    assert rules.free <= len(tried) <= rules.free + rules.at_once, len(tried)


# Limits at the door


@asynccontextmanager
async def limits_of(stage: Stage) -> AsyncIterator[RedisLimits]:
    """Limits that wait for their turn, however busy the machine is."""
    opened = RedisLimits(redis_url(stage), seconds=30)
    try:
        yield opened
    finally:
        await opened.close()


def test_of_a_thousand_calls_at_once_the_burst_comes_in(stage: Stage) -> None:
    key, quota = f"test {uuid4()}", Quota(1, 50)

    async def all_at_once() -> list[Drawn]:
        async with limits_of(stage) as limits:
            calls = (limits.draw(None, [(key, quota)]) for _ in range(1000))
            return list(await asyncio.gather(*calls))

    drawn = asyncio.run(all_at_once())
    assert sum(each.short is None for each in drawn) == quota.burst
    assert sorted(each.left[0] for each in drawn if each.short is None) == list(range(quota.burst))
    assert all(0 < each.wait_seconds <= 60 for each in drawn if each.short == 0)


def test_nothing_is_taken_unless_every_bucket_has_enough(stage: Stage) -> None:
    async def draw() -> list[Drawn]:
        asked = [(f"many {uuid4()}", Quota(1, 10)), (f"few {uuid4()}", Quota(1, 2))]
        async with limits_of(stage) as limits:
            return [await limits.draw(None, asked) for _ in range(3)]

    drawn = asyncio.run(draw())
    assert [each.short for each in drawn] == [None, None, 1]
    assert [each.left for each in drawn] == [[9, 1], [8, 0], [8, 0]]


def test_an_ended_session_is_known_to_every_instance(stage: Stage) -> None:
    session = uuid4()

    async def ended() -> list[bool]:
        async with limits_of(stage) as one, limits_of(stage) as two:
            before = (await two.draw(session, [])).ended
            one.end_session(session)
            after = [(await two.draw(each, [])).ended for each in (session, uuid4())]
            return [before, *after]

    assert asyncio.run(ended()) == [False, True, False]
