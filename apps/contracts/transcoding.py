"""What `transcoding` announces: a playable package, a complete one, or the reason of none."""

from collections.abc import Callable
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from apps.contracts.fact import Contract, Fact

# From a wrapped key and its context to the same key, wrapped anew.
Rewrap = Callable[[str, str], str]


class WrappedKey(Contract):
    """A content key under the platform's wrapping key; it opens nothing by itself."""

    key_id: UUID
    label: Literal["AUDIO", "SD", "HD"]
    wrapped: str
    key_version: int = Field(default=1, description="Rises when it is wrapped again")

    @staticmethod
    def context(asset_id: UUID, key_id: UUID) -> str:
        """What a key is bound to: wrapped for one asset, it opens for no other."""
        return f"{asset_id} {key_id}"

    def rewrapped(self, asset_id: UUID, rewrap: Rewrap) -> "WrappedKey":
        """The key under the newest wrapping key; itself if that is the one it has."""
        wrapped = rewrap(self.wrapped, self.context(asset_id, self.key_id))
        if wrapped.rpartition(":")[0] == self.wrapped.rpartition(":")[0]:
            return self
        return self.model_copy(update={"wrapped": wrapped, "key_version": self.key_version + 1})


class Rendition(Contract):
    """One encoded rung; `height` is the shorter side for portrait video too."""

    name: str
    width: int
    height: int
    label: Literal["SD", "HD"]
    bytes: int


class Package(Contract):
    """One version of an asset as players fetch it; paths are relative to the media host."""

    asset_id: UUID
    asset_version: int
    prefix: str
    dash: str
    hls: str
    dash_clearkey: str | None = None
    keys: tuple[WrappedKey, ...]
    duration_seconds: float
    renditions: tuple[Rendition, ...]
    audio_languages: tuple[str, ...] = ()
    subtitle_languages: tuple[str, ...] = ()
    poster: str | None = None
    thumbnails: str | None = None

    def rewrapped(self, rewrap: Rewrap) -> "Package":
        """The package with its keys under the newest wrapping key."""
        keys = tuple(key.rewrapped(self.asset_id, rewrap) for key in self.keys)
        return self.model_copy(update={"keys": keys})


class TranscodingFact(Fact):
    """A fact about one job; `sequence` counts within the video, over all its jobs."""

    video_id: UUID
    job_id: UUID


class TranscodingPlayable(TranscodingFact):
    """A starter rung can be watched while it and the ladder still grow."""

    topic: ClassVar[str] = "transcoding.playable"

    package: Package


class TranscodingCompleted(TranscodingFact):
    """The whole ladder is encoded, protected, verified and stored."""

    topic: ClassVar[str] = "transcoding.completed"

    package: Package


class TranscodingFailed(TranscodingFact):
    """No package will come of this job."""

    topic: ClassVar[str] = "transcoding.failed"

    asset_id: UUID
    asset_version: int
    outcome: Literal["rejected", "failed", "cancelled"]
    code: str
    reason: str
