"""The bodies of videos' requests and answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from apps.contracts.videos import Metadata
from apps.videos.domain import (
    MASTER_BYTES_MOST,
    PART_BYTES_LEAST,
    PART_BYTES_MOST,
    PARTS_MOST,
    URLS_MOST,
    PartUrl,
    Upload,
    UploadPlan,
    UploadProgress,
    UploadState,
    Video,
    VideoState,
)


class VideoAsked(Metadata):
    """What a studio says about a video."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def said(self) -> Metadata:
        """Just the metadata."""
        return Metadata.model_validate(self.model_dump(include=set(Metadata.model_fields)))


class NewVideo(VideoAsked):
    """A video to open."""

    publish: bool = Field(default=False, description="Show it as soon as it can play")


class VideoBody(BaseModel):
    """A video as its studio sees it."""

    id: UUID
    metadata: Metadata
    state: VideoState
    published: bool
    asset_id: UUID | None
    asset_version: int
    code: str | None
    reason: str | None
    created_at: datetime

    @classmethod
    def of(cls, video: Video) -> "VideoBody":
        """The body of a video."""
        return cls.model_validate(video, from_attributes=True)


Md5 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class NewUpload(BaseModel):
    """What the client is going to send."""

    model_config = ConfigDict(extra="forbid")

    size_bytes: int = Field(ge=0, le=MASTER_BYTES_MOST)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of the whole file, in hex")
    part_bytes: int = Field(ge=PART_BYTES_LEAST, le=PART_BYTES_MOST)
    part_md5s: list[Md5] = Field(
        max_length=PARTS_MOST, description="Of each part, in hex; all but the last are part_bytes"
    )

    def plan(self) -> UploadPlan:
        """The plan; an empty file has one empty part."""
        return UploadPlan(self.size_bytes, self.sha256, self.part_bytes, tuple(self.part_md5s))


class UploadBody(BaseModel):
    """An upload and the parts that are already there."""

    id: UUID
    video_id: UUID
    state: UploadState
    size_bytes: int
    part_bytes: int
    parts: int
    stored: list[int] = Field(description="Numbers of the parts that are there, and right")

    @classmethod
    def of(cls, upload: Upload, stored: list[int] | None = None) -> "UploadBody":
        """The body of an upload."""
        return cls(
            id=upload.id,
            video_id=upload.video_id,
            state=upload.state,
            size_bytes=upload.plan.size_bytes,
            part_bytes=upload.plan.part_bytes,
            parts=len(upload.plan.part_md5s),
            stored=stored or [],
        )

    @classmethod
    def with_parts(cls, progress: UploadProgress) -> "UploadBody":
        """The body of an upload in progress."""
        return cls.of(progress.upload, list(progress.stored))


class PartNumbers(BaseModel):
    """The parts to send next."""

    model_config = ConfigDict(extra="forbid")

    numbers: list[Annotated[int, Field(ge=1, le=PARTS_MOST)]] = Field(
        min_length=1, max_length=URLS_MOST
    )


class PartUrlBody(BaseModel):
    """PUT the part there, with its `Content-MD5`."""

    number: int
    url: str
    content_md5: str

    @classmethod
    def of(cls, part: PartUrl) -> "PartUrlBody":
        """The body of a part's address."""
        return cls.model_validate(part, from_attributes=True)


class PartUrls(BaseModel):
    """Where to send parts."""

    parts: list[PartUrlBody]
