"""Bodies about what a profile watches and thinks."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from apps.profiles.domain.opinion import Opinion
from apps.profiles.domain.position import Position
from apps.profiles.domain.review import Review
from apps.profiles.domain.title import KnownTitle
from apps.profiles.service.opinions import Rated, Signed
from apps.profiles.service.watching import Seen

AGO_MOST = 30 * 24 * 3600


class ListedTitle(BaseModel):
    """A title as a profile's lists show it."""

    title_id: UUID
    title: str
    kind: str
    duration_seconds: float
    poster: str | None

    @classmethod
    def of(cls, title: KnownTitle) -> "ListedTitle":
        """The body of a known title."""
        return cls(
            title_id=title.id,
            title=title.name,
            kind=title.kind,
            duration_seconds=title.duration_seconds,
            poster=title.poster,
        )


class SeenTitle(ListedTitle):
    """A title, how far the profile is in it, and when that was."""

    position_seconds: float
    at: datetime

    @classmethod
    def seen(cls, seen: Seen) -> "SeenTitle":
        """The body of a watched title."""
        listed = ListedTitle.of(seen.title).model_dump()
        return cls(**listed, position_seconds=seen.position.seconds, at=seen.position.at)


class MoveAsked(BaseModel):
    """Before which title to put one; absent: at the end."""

    model_config = ConfigDict(extra="forbid")

    before: UUID | None = None


class PositionAsked(BaseModel):
    """How far a device is, or was some time ago: so its clock may be wrong."""

    model_config = ConfigDict(extra="forbid")

    position_seconds: float = Field(ge=0, le=86400)
    seconds_ago: float = Field(default=0, ge=0, le=AGO_MOST)


class PositionBody(BaseModel):
    """How far a profile is in a title, on whichever device it last was."""

    title_id: UUID
    position_seconds: float
    at: datetime

    @classmethod
    def of(cls, position: Position) -> "PositionBody":
        """The body of a position."""
        return cls(title_id=position.title_id, position_seconds=position.seconds, at=position.at)


class RatingAsked(BaseModel):
    """Stars, a thumb, or both."""

    model_config = ConfigDict(extra="forbid")

    stars: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    thumb: Literal["up", "down"] | None = None

    @model_validator(mode="after")
    def _something(self) -> "RatingAsked":
        if self.stars is None and self.thumb is None:
            raise ValueError("give stars, a thumb, or both")
        return self


class OpinionBody(BaseModel):
    """What a profile thinks of a title."""

    title_id: UUID
    stars: int | None
    thumb: str | None
    not_for_me: bool

    @classmethod
    def of(cls, opinion: Opinion) -> "OpinionBody":
        """The body of an opinion."""
        return cls.model_validate(opinion, from_attributes=True)


class RatedTitle(ListedTitle):
    """A title and what a profile thinks of it."""

    stars: int | None
    thumb: str | None

    @classmethod
    def rated(cls, rated: Rated) -> "RatedTitle":
        """The body of a rated title."""
        said = rated.opinion
        return cls(**ListedTitle.of(rated.title).model_dump(), stars=said.stars, thumb=said.thumb)


class ReviewAsked(BaseModel):
    """What to write about a title."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True,
            min_length=1,
            max_length=5000,
            pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$",
        ),
    ]
    spoiler: bool = Field(default=False, strict=True)


class ReviewBody(BaseModel):
    """A profile's own review; `state` says whether others can read it."""

    id: UUID
    title_id: UUID
    text: str
    spoiler: bool
    state: str
    written_at: datetime
    edited_at: datetime | None

    @classmethod
    def of(cls, review: Review) -> "ReviewBody":
        """The body of a review."""
        return cls.model_validate(review, from_attributes=True)


class SignedReview(ReviewBody):
    """A review as others read it."""

    author: str

    @classmethod
    def signed(cls, signed: Signed) -> "SignedReview":
        """The body of a signed review."""
        return cls(**ReviewBody.of(signed.review).model_dump(), author=signed.author)


class WaitingReview(SignedReview):
    """A review that somebody objects to, and how many households do."""

    reports: int

    @classmethod
    def waiting(cls, signed: Signed) -> "WaitingReview":
        """The body of a review in the queue."""
        listed = SignedReview.signed(signed).model_dump()
        return cls(**listed, reports=signed.review.reports)


class ReportAsked(BaseModel):
    """Why somebody objects."""

    model_config = ConfigDict(extra="forbid")

    reason: Literal["spoiler", "abuse", "spam", "other"]


class DecisionAsked(BaseModel):
    """What becomes of a review."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["keep", "remove"]
