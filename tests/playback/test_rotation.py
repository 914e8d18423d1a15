"""Content keys under a newer wrapping key: rewrapped in place, and never put back by an older fact."""

import base64
from typing import Any

import pytest

from apps.contracts.transcoding import Package, WrappedKey
from apps.kit.wrapping import AesKeyWrap
from apps.playback.domain import Asset, VideoId
from apps.playback.service.rotation import KeyRotation
from apps.playback.store import Store
from tests.flows.world import World, upload
from tests.playback.test_playback import start


@pytest.fixture
def video(world: World) -> str:
    video = upload(world, world.account("studio", "studio"))
    world.transcode()
    world.settle()
    return video


def packages(world: World) -> list[Package]:
    """Every copy of the package that playback keeps."""
    query = "SELECT package FROM assets UNION ALL SELECT package FROM sessions"
    with world.databases["playback"].begin() as connection:
        rows: list[Any] = list(connection.exec_driver_sql(query).scalars())
    return [Package.model_validate(row) for row in rows]


def opened(key: WrappedKey, package: Package, wrap: AesKeyWrap) -> bytes:
    return wrap.unwrap(key.wrapped, key.context(package.asset_id, key.key_id))


def test_a_rotation_changes_every_key_once_and_opens_none(world: World, video: str) -> None:
    start(world.account("viewer"), video)
    old = AesKeyWrap({1: base64.b64decode(world.secrets["content_wrapping_key"])})
    both = AesKeyWrap({1: base64.b64decode(world.secrets["content_wrapping_key"]), 2: b"2" * 32})
    before = [opened(key, package, old) for package in packages(world) for key in package.keys]
    rotation = KeyRotation(Store(world.databases["playback"]).open, both.rewrap)

    assert (rotation.run(), rotation.run()) == (2, 0)

    after = packages(world)
    assert [opened(key, package, both) for package in after for key in package.keys] == before
    keys = [key for package in after for key in package.keys]
    assert {(key.wrapped.partition(":")[0], key.key_version) for key in keys} == {("2", 2)}


@pytest.mark.usefixtures("video")
def test_an_older_fact_does_not_bring_an_older_key_back(world: World) -> None:
    announced = packages(world)[0]
    rotated = announced.model_copy(
        update={"keys": tuple(k.model_copy(update={"key_version": 2}) for k in announced.keys)}
    )
    asset = Asset(VideoId(announced.asset_id), package=rotated, media_sequence=5)

    later = asset.packaged(announced.model_copy(update={"poster": "a newer poster"}), 6)

    assert later.package is not None
    assert later.package.poster == "a newer poster"
    assert [key.key_version for key in later.package.keys] == [2, 2, 2]
