"""Where masters are fetched from and where everything made of them is kept: three S3 buckets."""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from apps.kit.objects import S3Objects
from apps.transcoding.domain.failure import rejected
from apps.transcoding.domain.job import Source
from apps.transcoding.domain.step import StepResult

_TYPES = {
    ".mpd": "application/dash+xml",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".vtt": "text/vtt",
    ".jpg": "image/jpeg",
    ".json": "application/json",
}
# A fetched master that no step opened for this long makes room for others.
MASTER_KEPT_SECONDS = 1800


class Assets:
    """Masters, the outputs of steps, and packages."""

    def __init__(self, masters: S3Objects, work: S3Objects, media: S3Objects) -> None:
        self._masters = masters
        self._work = work
        self._media = media

    def fetch_master(self, source: Source, cache: Path) -> Path:
        """The master on this machine, fetched once and hashed on the way.

        Raises StepFailedError `source_missing` or `source_corrupt`.
        """
        path = cache / source.sha256
        with _only_one(cache / f"{source.sha256}.lock"):
            if not path.exists():
                _make_room(cache)
                self._download(source, path)
        os.utime(path)
        return path

    def _download(self, source: Source, path: Path) -> None:
        digest, partial = hashlib.sha256(), path.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                for chunk in self._masters.stream(source.key):
                    digest.update(chunk)
                    file.write(chunk)
        except KeyError:
            raise rejected("source_missing", "the master is no longer in the store") from None
        if digest.hexdigest() != source.sha256:
            partial.unlink()
            raise rejected("source_corrupt", "the file is not the one that was declared (SHA-256)")
        partial.rename(path)

    def finished(self, prefix: str) -> StepResult | None:
        """What an earlier attempt made under this name, if it came to its end."""
        try:
            return StepResult(**json.loads(self._work.get(f"{prefix}/result.json")))
        except KeyError:
            return None

    def keep(self, prefix: str, files: Iterable[Path], result: StepResult) -> None:
        """Store a step's files, then the note that it is done."""
        for path in files:
            self._work.upload(f"{prefix}/{path.name}", path, content_type(path.name))
        note = json.dumps(asdict(result)).encode()
        self._work.put(f"{prefix}/result.json", note, "application/json")

    def fetch(self, key: str, path: Path) -> Path:
        """A file of an earlier step."""
        self._work.download(key, path)
        return path

    def put_media(self, key: str, data: bytes) -> None:
        """An object that players fetch."""
        self._media.put(key, data, content_type(key))

    def remove_asset(self, asset_id: UUID) -> None:
        """Remove every object of an asset; harmless when they are gone."""
        self._work.delete(self._work.keys(f"{asset_id}/"))
        for prefix in (f"vod/{asset_id}/", f"art/{asset_id}/"):
            self._media.delete(self._media.keys(prefix))

    def remove_work(self, asset_id: UUID) -> None:
        """Remove what was only needed on the way to the package."""
        self._work.delete(self._work.keys(f"{asset_id}/"))

    def packages(self, asset_id: UUID) -> Iterable[str]:
        """The prefixes of all packages of an asset."""
        keys = self._media.keys(f"vod/{asset_id}/")
        return sorted({"/".join(key.split("/")[:3]) + "/" for key in keys})

    def remove_package(self, prefix: str) -> None:
        """Remove one package."""
        self._media.delete(self._media.keys(prefix))


def content_type(name: str) -> str:
    """The media type of an object, by its ending."""
    return _TYPES.get(Path(name).suffix, "application/octet-stream")


@contextmanager
def _only_one(lock: Path) -> Iterator[Any]:
    """One process of this machine at a time."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle


def _make_room(cache: Path) -> None:
    old = time.time() - MASTER_KEPT_SECONDS
    for path in cache.iterdir():
        if path.stat().st_mtime < old and path.suffix != ".lock":
            path.unlink(missing_ok=True)
