"""What `videos` announces, and the metadata that the catalogue and playback filter by."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from apps.contracts.fact import Contract, Fact
from apps.contracts.text import Text


class Rating(Contract):
    """One country's or board's verdict and the age it stands for, in years."""

    system: Text = Field(min_length=1, max_length=40)
    value: Text = Field(min_length=1, max_length=20)
    min_age: int = Field(ge=0, le=21)


class Metadata(Contract):
    """What a studio says about a video."""

    title: Text = Field(min_length=1, max_length=300)
    kind: Literal["film", "episode", "short"] = "film"
    description: Text = Field(default="", max_length=5000)
    genres: tuple[Text, ...] = Field(default=(), max_length=20)
    year: int | None = Field(default=None, ge=1870, le=2100)
    cast: tuple[Text, ...] = Field(default=(), max_length=100)
    directors: tuple[Text, ...] = Field(default=(), max_length=20)
    languages: tuple[Text, ...] = Field(default=(), max_length=50)
    countries: tuple[Text, ...] = Field(
        default=(),
        max_length=250,
        description="ISO 3166 codes where it may play; empty: everywhere",
    )
    ratings: tuple[Rating, ...] = Field(default=(), max_length=50)

    @property
    def min_age(self) -> int:
        """The strictest age of all its ratings, in years; 0 without any."""
        return max((rating.min_age for rating in self.ratings), default=0)


class VideoFact(Fact):
    """A fact about one video; its title and its catalogue entry have the same id."""

    video_id: UUID


class VideoCreated(VideoFact):
    """A studio opened a video."""

    topic: ClassVar[str] = "videos.created"

    owner_id: UUID
    metadata: Metadata
    created_at: datetime


class MetadataChanged(VideoFact):
    """A studio changed what it says about a video."""

    topic: ClassVar[str] = "videos.metadata_changed"

    owner_id: UUID
    metadata: Metadata


class VideoUploaded(VideoFact):
    """A whole master lies in the object store, part by part as declared."""

    topic: ClassVar[str] = "videos.uploaded"

    owner_id: UUID
    asset_id: UUID
    asset_version: int
    source_key: str
    size_bytes: int
    sha256: str


class VideoPublished(VideoFact):
    """The studio lets viewers see the video as soon as it can play."""

    topic: ClassVar[str] = "videos.published"


class VideoUnpublished(VideoFact):
    """The studio took the video back from viewers."""

    topic: ClassVar[str] = "videos.unpublished"


class VideoDeleted(VideoFact):
    """The video, its media and its keys are to go, everywhere."""

    topic: ClassVar[str] = "videos.deleted"

    asset_ids: tuple[UUID, ...]
