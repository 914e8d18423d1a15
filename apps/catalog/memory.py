"""A search index in memory: whole words, no typos forgiven."""

from collections.abc import Callable, Sequence
from typing import Any

from apps.catalog.domain import (
    Card,
    Facet,
    Hit,
    Query,
    Results,
    SearchAwayError,
    Title,
    TitleId,
    TitleNotFoundError,
)
from apps.catalog.vectors import vector
from apps.contracts.videos import Metadata


class MemoryIndex:
    """One live collection; `away` makes it fail as an engine that does not answer."""

    def __init__(self) -> None:
        self._collections: dict[str, dict[TitleId, Title]] = {"first": {}}
        self._live = "first"
        self.away = False

    def write(self, titles: Sequence[Title]) -> None:
        """Bring the live collection up to these titles."""
        for title in titles:
            self._titles().pop(title.id, None)
        self.fill(self._live, [title for title in titles if title.visible])

    def search(self, query: Query) -> Results[Hit]:
        """Titles in which every word occurs, each word spelt right."""
        found = [title for title in self._titles().values() if _matches(title, query)]
        found.sort(key=_ORDERS.get(query.sort, _by_relevance))
        start = (query.page - 1) * query.limit
        hits = [Hit(_card(title), {}) for title in found[start : start + query.limit]]
        genres = [genre for title in found for genre in _said(title).genres]
        facets = [Facet("genres", genre, genres.count(genre)) for genre in sorted(set(genres))]
        return Results(hits, len(found), facets)

    def suggest(self, prefix: str, limit: int, max_age: int | None) -> Sequence[Card]:
        """Titles that begin like this, rated for at most this age."""
        titles = self._titles().values()
        cards = (_card(t) for t in titles if max_age is None or _said(t).min_age <= max_age)
        return [c for c in cards if c.title.casefold().startswith(prefix.casefold())][:limit]

    def related(self, title_id: TitleId, limit: int, max_age: int | None) -> Sequence[Card]:
        """Nearest vectors, never the title itself."""
        titles = self._titles()
        if title_id not in titles:
            raise TitleNotFoundError(f"title {title_id} is not indexed yet")
        own = _vector(titles[title_id])
        others = [title for title in titles.values() if title.id != title_id]
        allowed = [t for t in others if max_age is None or _said(t).min_age <= max_age]
        allowed.sort(key=lambda t: -sum(a * b for a, b in zip(own, _vector(t), strict=True)))
        return [_card(title) for title in allowed[:limit]]

    def begin_collection(self) -> str:
        """Make an empty collection."""
        name = f"collection-{len(self._collections)}"
        self._collections[name] = {}
        return name

    def fill(self, collection: str, titles: Sequence[Title]) -> None:
        """Write titles into a collection."""
        self._collections[collection] |= {title.id: title for title in titles}

    def swap(self, collection: str) -> None:
        """Make a collection the live one."""
        self._live = collection

    def _titles(self) -> dict[TitleId, Title]:
        if self.away:
            raise SearchAwayError("the search index does not answer")
        return self._collections[self._live]


def _said(title: Title) -> Metadata:
    assert title.metadata is not None
    return title.metadata


def _matches(title: Title, query: Query) -> bool:
    said = _said(title)
    text = " ".join((said.title, *said.cast, *said.directors, *said.genres)).casefold()
    return (
        all(word in text for word in query.text.casefold().split())
        and set(query.genres) <= set(said.genres)
        and set(query.languages) <= set(said.languages)
        and (query.year_from or 0) <= (said.year or 0) <= (query.year_to or 9999)
        and _allowed(title, query)
    )


def _allowed(title: Title, query: Query) -> bool:
    said = _said(title)
    here = query.country is None or not said.countries or query.country in said.countries
    old_enough = query.max_age is None or said.min_age <= query.max_age
    return here and old_enough and (title.playable is not None or not query.playable_only)


def _by_relevance(title: Title) -> tuple[bool, int]:
    return title.playable is None, -(_said(title).year or 0)


_ORDERS: dict[str, Callable[[Title], Any]] = {
    "newest": lambda title: -(_said(title).year or 0),
    "oldest": lambda title: _said(title).year or 0,
    "title": lambda title: _said(title).title.casefold(),
}


def _vector(title: Title) -> list[float]:
    return vector(_said(title))


def _card(title: Title) -> Card:
    said, media = _said(title), title.playable
    length = media.duration_seconds if media else None
    poster = media.poster if media else None
    return Card(title.id, said.title, said.year, said.genres, poster, length, media is None)
