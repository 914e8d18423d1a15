"""Titles: what viewers can find, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, NewType, TypeVar
from uuid import UUID

from apps.contracts.videos import Metadata
from apps.kit.errors import NotFoundError, UnavailableError

TitleId = NewType("TitleId", UUID)


class TitleNotFoundError(NotFoundError):
    """No such title, or not one that viewers may see."""

    type = "title-not-found"


class SearchAwayError(UnavailableError):
    """The search index does not answer; titles still open."""

    type = "search-unavailable"
    title = "Search is not available for the moment"


@dataclass(frozen=True)
class Playable:
    """What catalog keeps of a package."""

    duration_seconds: float
    poster: str | None
    thumbnails: str | None
    audio_languages: tuple[str, ...] = ()
    subtitle_languages: tuple[str, ...] = ()
    height: int = 0


@dataclass(frozen=True)
class Title:
    """One title, put together from facts that may come in any order.

    Each kind of fact has its own last sequence, so that an older one changes nothing; `version`
    counts changes, and the search index follows it with `indexed_version`.
    """

    id: TitleId
    metadata: Metadata | None = None
    described_sequence: int = 0
    published: bool = False
    published_sequence: int = 0
    playable: Playable | None = None
    media_sequence: int = 0
    coming: bool = False
    deleted: bool = False
    version: int = 0
    indexed_version: int = 0

    @property
    def visible(self) -> bool:
        """Whether viewers can find it: published, and playable or announced as coming."""
        there = self.playable is not None or self.coming
        return self.metadata is not None and self.published and there and not self.deleted

    def described(self, metadata: Metadata, sequence: int) -> "Title":
        """The title as its studio describes it now."""
        if sequence <= self.described_sequence:
            return self
        return self._changed(replace(self, metadata=metadata, described_sequence=sequence))

    def publication(self, published: bool, sequence: int) -> "Title":
        """The title, shown or taken back."""
        if sequence <= self.published_sequence:
            return self
        return self._changed(replace(self, published=published, published_sequence=sequence))

    def media(self, playable: Playable | None, sequence: int) -> "Title":
        """The title with other media; None when it cannot be played any more."""
        if sequence <= self.media_sequence:
            return self
        return self._changed(replace(self, playable=playable, media_sequence=sequence))

    def gone(self) -> "Title":
        """The title after its video was deleted: facts that come late do not bring it back."""
        return self if self.deleted else self._changed(replace(self, deleted=True))

    def _changed(self, changed: "Title") -> "Title":
        if self.deleted:
            return self
        return replace(changed, version=self.version + 1)


SORTS = ("relevance", "newest", "oldest", "title")


@dataclass(frozen=True)
class Query:
    """A search as asked: validated values, nothing of any engine's language."""

    text: str = ""
    genres: Sequence[str] = field(default=())
    languages: Sequence[str] = field(default=())
    year_from: int | None = None
    year_to: int | None = None
    country: str | None = None
    max_age: int | None = None
    playable_only: bool = False
    sort: str = "relevance"
    page: int = 1
    limit: int = 20

    def limited(self, max_age: int | None) -> "Query":
        """The query of somebody who may see what is rated for this age, in years."""
        return replace(self, max_age=stricter(self.max_age, max_age))


def stricter(one: int | None, other: int | None) -> int | None:
    """The lower of two age limits, in years; None is no limit."""
    return min((each for each in (one, other) if each is not None), default=None)


@dataclass(frozen=True)
class Card:
    """A title as lists show it."""

    id: TitleId
    title: str
    year: int | None
    genres: Sequence[str]
    poster: str | None
    duration_seconds: float | None
    coming: bool


@dataclass(frozen=True)
class Hit:
    """A found title; the matched words stand in `<mark>`, everything else is escaped HTML."""

    card: Card
    highlights: dict[str, str]


@dataclass(frozen=True)
class Facet:
    """How many found titles have a value."""

    field: str
    value: str
    count: int


Found = TypeVar("Found")


@dataclass(frozen=True)
class Results(Generic[Found]):
    """A page of found titles, and how many there are in all."""

    items: Sequence[Found]
    total: int
    facets: Sequence[Facet] = field(default=())
