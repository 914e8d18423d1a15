"""A search index in memory: whole words, no typos forgiven."""

from collections.abc import Sequence

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
        """Titles in which every word occurs."""
        found = [title for title in self._titles().values() if _matches(title, query)]
        start = (query.page - 1) * query.limit
        hits = [Hit(_card(title), {}) for title in found[start : start + query.limit]]
        genres = [genre for title in found if title.metadata for genre in title.metadata.genres]
        facets = [Facet("genres", genre, genres.count(genre)) for genre in sorted(set(genres))]
        return Results(hits, len(found), facets)

    def suggest(self, prefix: str, limit: int) -> Sequence[Card]:
        """Titles that begin like this."""
        cards = (_card(title) for title in self._titles().values())
        return [c for c in cards if c.title.casefold().startswith(prefix.casefold())][:limit]

    def related(self, title_id: TitleId, limit: int, max_age: int | None) -> Sequence[Card]:
        """Nearest vectors, never the title itself."""
        titles = self._titles()
        if title_id not in titles:
            raise TitleNotFoundError(f"title {title_id} is not indexed yet")
        own = _vector(titles[title_id])
        others = [title for title in titles.values() if title.id != title_id]
        allowed = [t for t in others if max_age is None or _age(t) <= max_age]
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


def _matches(title: Title, query: Query) -> bool:
    said = title.metadata
    assert said is not None
    text = " ".join((said.title, *said.cast, *said.directors, *said.genres)).casefold()
    words = all(word in text for word in query.text.casefold().split())
    return words and set(query.genres) <= set(said.genres) and _in_years(said.year or 0, query)


def _in_years(year: int, query: Query) -> bool:
    return (query.year_from or 0) <= year <= (query.year_to or 9999)


def _vector(title: Title) -> list[float]:
    assert title.metadata is not None
    return vector(title.metadata)


def _age(title: Title) -> int:
    return title.metadata.min_age if title.metadata else 0


def _card(title: Title) -> Card:
    said, media = title.metadata, title.playable
    assert said is not None
    length = media.duration_seconds if media else None
    poster = media.poster if media else None
    return Card(title.id, said.title, said.year, said.genres, poster, length, media is None)
