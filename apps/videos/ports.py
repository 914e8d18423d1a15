"""What videos needs from outside."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from apps.contracts.fact import Fact
from apps.kit.work import IdempotencyKey
from apps.videos.domain import OwnerId, PartUrl, Upload, UploadId, UploadPlan, Video, VideoId


class Videos(Protocol):
    """All videos."""

    def save(self, video: Video) -> None:
        """Keep a new or changed video."""
        ...

    def get(self, video_id: VideoId) -> Video:
        """The video, held until the transaction ends; VideoNotFoundError if there is none."""
        ...

    def owned(self, owner_id: OwnerId, after: str | None, count: int) -> Sequence[Video]:
        """A studio's videos that are not deleted, newest first, from before an id."""
        ...


class Uploads(Protocol):
    """All uploads."""

    def save(self, upload: Upload) -> None:
        """Keep a new or changed upload."""
        ...

    def get(self, upload_id: UploadId) -> Upload:
        """The upload, held until the transaction ends; UploadNotFoundError if there is none."""
        ...

    def of_video(self, video_id: VideoId) -> Sequence[Upload]:
        """Every upload of a video."""
        ...

    def open_before(self, moment: datetime, count: int) -> Sequence[Upload]:
        """Uploads still open though they began before a moment."""
        ...


class VideosWork(Protocol):
    """One transaction."""

    @property
    def videos(self) -> Videos:
        """All videos."""
        ...

    @property
    def uploads(self) -> Uploads:
        """All uploads."""
        ...

    def announce(self, fact: Fact) -> None:
        """Let a fact leave with this transaction."""
        ...

    def remembered(self, key: IdempotencyKey | None) -> str | None:
        """The resource an earlier attempt made under this key."""
        ...

    def remember(self, key: IdempotencyKey | None, resource: object) -> None:
        """Keep what this attempt made under its key."""
        ...


OpenWork = Callable[[], AbstractContextManager[VideosWork]]


class Masters(Protocol):
    """Where masters lie."""

    def begin(self, key: str) -> str:
        """Open an upload in the store; its id there."""
        ...

    def part_urls(
        self, key: str, store_id: str, plan: UploadPlan, numbers: Sequence[int]
    ) -> Sequence[PartUrl]:
        """Where to PUT the parts, for the next hours."""
        ...

    def stored(self, key: str, store_id: str) -> Mapping[int, str]:
        """The MD5, in hex, of each part that the store has."""
        ...

    def complete(self, key: str, store_id: str, md5s: Mapping[int, str]) -> None:
        """Join the parts; harmless when they are joined already."""
        ...

    def abort(self, key: str, store_id: str) -> None:
        """Throw the parts away; harmless when they are gone."""
        ...

    def delete(self, key: str) -> None:
        """Remove a master; harmless when it is gone."""
        ...

    def abandoned(self, before: datetime) -> Sequence[tuple[str, str]]:
        """Key and store id of the store's own open uploads that began before a moment."""
        ...
