"""The bodies of catalog's answers."""

from typing import Annotated
from uuid import UUID

from fastapi import Query as Parameter
from pydantic import BaseModel, ConfigDict, Field

from apps.catalog.domain import Card, Facet, Hit, Query, Results, Title
from apps.contracts.videos import Metadata
from apps.kit.errors import UnprocessableError
from apps.kit.pages import decode, encode

Word = Annotated[str, Field(min_length=1, max_length=60)]
DEEPEST = 1000


class SearchAsked(BaseModel):
    """A search's parameters."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=200, description="Words; typos are forgiven")
    genre: list[Word] = Field(default_factory=list, max_length=10)
    language: list[Word] = Field(default_factory=list, max_length=10)
    year: int | None = Field(default=None, ge=1870, le=2100)
    year_from: int | None = Field(default=None, ge=1870, le=2100)
    year_to: int | None = Field(default=None, ge=1870, le=2100)
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    max_age: int | None = Field(default=None, ge=0, le=21)
    playable: bool = Field(default=False, description="Leave out titles that are coming")
    sort: str = Field(default="relevance", pattern=r"^(relevance|newest|oldest|title)$")
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=500)

    def query(self) -> Query:
        """The search; UnprocessableError for a page deeper than the engine should go."""
        mark = decode(self.cursor) or "1"
        page = int(mark) if mark.isdigit() else 0
        if page < 1 or page * self.limit > DEEPEST:
            raise UnprocessableError(f"a search shows its first {DEEPEST} titles; narrow it down")
        return Query(
            text=self.q.strip(),
            genres=self.genre,
            languages=self.language,
            year_from=self.year or self.year_from,
            year_to=self.year or self.year_to,
            country=self.country,
            max_age=self.max_age,
            playable_only=self.playable,
            sort=self.sort,
            page=page,
            limit=self.limit,
        )


SearchParameters = Annotated[SearchAsked, Parameter()]


class CardBody(BaseModel):
    """A title as lists show it."""

    id: UUID
    title: str
    year: int | None
    genres: list[str]
    poster: str | None
    duration_seconds: float | None
    coming: bool

    @classmethod
    def of(cls, card: Card) -> "CardBody":
        """The body of a card."""
        return cls.model_validate(card, from_attributes=True)


class HitBody(BaseModel):
    """A found title; matched words stand in `<mark>`, everything else is escaped."""

    title: CardBody
    highlights: dict[str, str]

    @classmethod
    def of(cls, hit: Hit) -> "HitBody":
        """The body of a hit."""
        return cls(title=CardBody.of(hit.card), highlights=hit.highlights)


class FacetBody(BaseModel):
    """How many found titles have a value."""

    field: str
    value: str
    count: int

    @classmethod
    def of(cls, facet: Facet) -> "FacetBody":
        """The body of a facet."""
        return cls.model_validate(facet, from_attributes=True)


class SearchBody(BaseModel):
    """A page of found titles."""

    items: list[HitBody]
    total: int
    facets: list[FacetBody]
    next: str | None

    @classmethod
    def of(cls, query: Query, results: Results[Hit]) -> "SearchBody":
        """The body of a search's results."""
        shown = query.page * query.limit
        more = shown < min(results.total, DEEPEST) and shown + query.limit <= DEEPEST
        return cls(
            items=[HitBody.of(hit) for hit in results.items],
            total=results.total,
            facets=[FacetBody.of(facet) for facet in results.facets],
            next=encode(str(query.page + 1)) if more else None,
        )


class Cards(BaseModel):
    """Titles in order."""

    items: list[CardBody]


class TitleBody(BaseModel):
    """A title's page."""

    id: UUID
    metadata: Metadata
    min_age: int
    coming: bool
    duration_seconds: float | None
    poster: str | None
    thumbnails: str | None
    audio_languages: list[str]
    subtitle_languages: list[str]
    height: int | None

    @classmethod
    def of(cls, title: Title) -> "TitleBody":
        """The body of a visible title."""
        assert title.metadata is not None
        media = title.playable
        return cls(
            id=title.id,
            metadata=title.metadata,
            min_age=title.metadata.min_age,
            coming=media is None,
            duration_seconds=media.duration_seconds if media else None,
            poster=media.poster if media else None,
            thumbnails=media.thumbnails if media else None,
            audio_languages=list(media.audio_languages) if media else [],
            subtitle_languages=list(media.subtitle_languages) if media else [],
            height=media.height if media else None,
        )
