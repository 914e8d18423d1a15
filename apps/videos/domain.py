"""Videos and uploads, their states as verbs that refuse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from apps.contracts.videos import Metadata
from apps.kit.errors import ConflictError, NotFoundError, UnprocessableError

VideoId = NewType("VideoId", UUID)
UploadId = NewType("UploadId", UUID)
AssetId = NewType("AssetId", UUID)
OwnerId = NewType("OwnerId", UUID)

MEBIBYTE = 1024 * 1024
PART_BYTES_LEAST = 5 * MEBIBYTE
PART_BYTES_MOST = 512 * MEBIBYTE
PARTS_MOST = 10_000
MASTER_BYTES_MOST = 500 * 1024 * MEBIBYTE
UPLOAD_LIFE = timedelta(days=7)
URLS_MOST = 100


class VideoNotFoundError(NotFoundError):
    """No such video, or another studio's."""

    type = "video-not-found"


class UploadNotFoundError(NotFoundError):
    """No such upload, or another studio's."""

    type = "upload-not-found"


class VideoDeletedError(ConflictError):
    """The video is deleted."""

    type = "video-deleted"


class UploadClosedError(ConflictError):
    """The upload is completed, aborted or expired."""

    type = "upload-closed"


class UploadIncompleteError(UnprocessableError):
    """Parts are missing or differ; the upload stays open."""

    type = "upload-incomplete"


class UploadPlanError(UnprocessableError):
    """The declared size, part size and parts do not fit together."""

    type = "upload-plan"


class VideoState(StrEnum):
    """How far a video is."""

    DRAFT = "draft"
    UPLOADED = "uploaded"
    PLAYABLE = "playable"
    READY = "ready"
    REJECTED = "rejected"
    FAILED = "failed"
    DELETED = "deleted"


@dataclass(frozen=True)
class Video:
    """A studio's video: what it says about it, its newest master, whether it is published."""

    id: VideoId
    owner_id: OwnerId
    metadata: Metadata
    state: VideoState
    published: bool
    sequence: int
    created_at: datetime
    asset_id: AssetId | None = None
    asset_version: int = 0
    code: str | None = None
    reason: str | None = None
    # The last fact heard of its transcoding: older ones change nothing.
    heard_sequence: int = 0

    def described(self, metadata: Metadata) -> "Video":
        """The video with other metadata."""
        return replace(self._alive(), metadata=metadata, sequence=self.sequence + 1)

    def uploaded(self, asset_id: AssetId) -> "Video":
        """The video with a new master, which makes a new version of its asset."""
        return replace(
            self._alive(),
            state=VideoState.UPLOADED,
            asset_id=asset_id,
            asset_version=self.asset_version + 1,
            sequence=self.sequence + 1,
            code=None,
            reason=None,
        )

    def publication(self, published: bool) -> "Video":
        """The video, shown to viewers or taken back."""
        return replace(self._alive(), published=published, sequence=self.sequence + 1)

    def deleted(self) -> "Video":
        """The video, gone for everybody; deleting twice changes nothing."""
        if self.state is VideoState.DELETED:
            return self
        return replace(self, state=VideoState.DELETED, published=False, sequence=self.sequence + 1)

    def heard(
        self,
        asset_version: int,
        sequence: int,
        state: VideoState,
        *,
        code: str | None = None,
        reason: str | None = None,
    ) -> "Video":
        """The video as its transcoding stands; facts of older masters or moments change nothing."""
        stale = asset_version != self.asset_version or sequence <= self.heard_sequence
        if stale or self.state is VideoState.DELETED:
            return self
        return replace(self, state=state, heard_sequence=sequence, code=code, reason=reason)

    def _alive(self) -> "Video":
        if self.state is VideoState.DELETED:
            raise VideoDeletedError(f"video {self.id} is deleted")
        return self


class UploadState(StrEnum):
    """How far an upload is."""

    OPEN = "open"
    COMPLETED = "completed"
    ABORTED = "aborted"


@dataclass(frozen=True)
class UploadPlan:
    """What the client declares: the size and hash of the whole, the size and MD5s of the parts."""

    size_bytes: int
    sha256: str
    part_bytes: int
    part_md5s: tuple[str, ...]

    def __post_init__(self) -> None:
        # An empty file has one empty part: the store needs one, and the probe says what is wrong.
        parts = max(1, -(-self.size_bytes // self.part_bytes))
        if parts != len(self.part_md5s):
            raise UploadPlanError(
                f"{self.size_bytes} bytes in parts of {self.part_bytes} are {parts} parts,"
                f" not {len(self.part_md5s)}"
            )


@dataclass(frozen=True)
class Upload:
    """One master on its way, straight to the object store."""

    id: UploadId
    video_id: VideoId
    owner_id: OwnerId
    asset_id: AssetId
    key: str
    store_id: str
    plan: UploadPlan
    state: UploadState
    created_at: datetime

    def open_at(self, now: datetime) -> "Upload":
        """The upload, if it still takes parts; UploadClosedError if not."""
        if self.state is not UploadState.OPEN or now - self.created_at > UPLOAD_LIFE:
            raise UploadClosedError(f"upload {self.id} is {self.state} or expired")
        return self

    def compare(self, stored: Mapping[int, str]) -> None:
        """UploadIncompleteError, naming the parts, unless the store has each with its MD5."""
        declared = dict(enumerate(self.plan.part_md5s, start=1))
        missing = sorted(declared.keys() - stored.keys())
        differing = sorted(n for n, md5 in declared.items() if stored.get(n, md5) != md5)
        if missing or differing:
            raise UploadIncompleteError(
                f"{len(missing)} parts are missing and {len(differing)} differ;"
                " send them again, then complete again",
                members={"missing": missing[:100], "differing": differing[:100]},
            )

    def ended(self, state: UploadState) -> "Upload":
        """The upload, completed or aborted."""
        return replace(self, state=state)


@dataclass(frozen=True)
class PartUrl:
    """Where to PUT one part, and the header that the store will check it by."""

    number: int
    url: str
    content_md5: str


@dataclass(frozen=True)
class UploadProgress:
    """An upload and the parts that the store has of it."""

    upload: Upload
    stored: Sequence[int]
