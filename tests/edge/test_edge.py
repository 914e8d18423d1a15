"""Edge: ranges, validators, one fetch for many viewers, and nothing outside its paths."""

import asyncio
from uuid import uuid4

import pytest

from apps.contracts import delivery
from apps.contracts.delivery import DeliveryGrant
from apps.edge.domain import MediaNotFoundError, MediaObject, MediaPath, RangeError, Span, span
from apps.edge.memory import MemoryOrigin
from apps.edge.service import Edge
from apps.kit.clock import utc_now

ASSET = uuid4()
KEYS = {"1": b"key"}
PREFIX = f"vod/{ASSET}/1p1/"
TOKEN = delivery.sign(DeliveryGrant(PREFIX, "s", 2**33), key_id="1", key=KEYS["1"])


def edge_with(*names: str) -> tuple[Edge, MemoryOrigin]:
    origin = MemoryOrigin()
    for name in names:
        origin.objects[name] = MediaObject(b"x" * 100, "video/mp4", '"e"')
    return Edge(origin, KEYS, utc_now), origin


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-0", Span(0, 0)),
        ("bytes=10-", Span(10, 99)),
        ("bytes=-10", Span(90, 99)),
        ("bytes=-1000", Span(0, 99)),
        ("bytes=90-1000", Span(90, 99)),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("lines=1-2", None),
    ],
)
def test_ranges(header: str | None, expected: Span | None) -> None:
    assert span(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=5-4", "bytes=-0"])
def test_ranges_outside_are_refused(header: str) -> None:
    with pytest.raises(RangeError):
        span(header, 100)


@pytest.mark.parametrize(
    "key",
    ["", "x", "vod/x/y", f"vod/{ASSET}/../x", f"vod/{ASSET}//x", f"masters/{ASSET}/x",
     f"vod/{ASSET}/a b", f"vod/{ASSET}/%2e", f"vod/{ASSET}/" + "x" * 300],
)  # fmt: skip
def test_other_paths_are_not_found(key: str) -> None:
    with pytest.raises(MediaNotFoundError):
        MediaPath(key)


def test_many_viewers_make_one_fetch() -> None:
    key = f"{PREFIX}v/00001.m4s"
    edge, origin = edge_with(key)

    async def all_at_once() -> None:
        await asyncio.gather(*(edge.protected(TOKEN, MediaPath(key)) for _ in range(300)))

    asyncio.run(all_at_once())
    asyncio.run(edge.protected(TOKEN, MediaPath(key)))
    assert origin.fetched == [key]


def test_a_starters_segment_is_waited_for() -> None:
    prefix = f"vod/{ASSET}/1s1/"
    token = delivery.sign(DeliveryGrant(prefix, "s", 2**33), key_id="1", key=KEYS["1"])
    edge, origin = edge_with()
    key = f"{prefix}video/00009.m4s"

    async def meanwhile() -> MediaObject:
        asking = asyncio.create_task(edge.protected(token, MediaPath(key)))
        while not origin.fetched:
            await asyncio.sleep(0)
        origin.objects[key] = MediaObject(b"made", "video/mp4", '"e"')
        return await asking

    assert asyncio.run(meanwhile()).data == b"made"


def test_a_starters_manifest_is_never_kept() -> None:
    assert not MediaPath(f"vod/{ASSET}/1s1/manifest.mpd").immutable
    assert MediaPath(f"vod/{ASSET}/1s1/video/00001.m4s").immutable
    assert MediaPath(f"{PREFIX}manifest.mpd").immutable


def test_pictures_are_open_and_media_is_not() -> None:
    picture = f"art/{ASSET}/poster.jpg"
    edge, _ = edge_with(picture, f"{PREFIX}manifest.mpd")
    assert asyncio.run(edge.open(MediaPath(picture))).data
    with pytest.raises(MediaNotFoundError):
        asyncio.run(edge.open(MediaPath(f"{PREFIX}manifest.mpd")))
