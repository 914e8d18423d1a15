"""What catalog needs from outside."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from apps.catalog.domain import Card, Hit, Query, Results, Title, TitleId
from apps.contracts.fact import Fact


class Titles(Protocol):
    """All titles."""

    def lock(self, title_id: TitleId) -> Title:
        """The title, held until the transaction ends; an empty one if nothing is known of it."""
        ...

    def save(self, title: Title) -> None:
        """Keep a new or changed title."""
        ...

    def get(self, title_id: TitleId, max_age: int | None) -> Title:
        """The visible title, rated for at most this age; TitleNotFoundError if there is none."""
        ...

    def visible(self, after: str | None, count: int, max_age: int | None = None) -> Sequence[Title]:
        """Visible titles, rated for at most this age, newest first, from behind an id."""
        ...

    def unindexed(self, count: int) -> Sequence[Title]:
        """Titles that the search index has not followed yet."""
        ...

    def indexed(self, titles: Iterable[Title]) -> None:
        """The index has these, in these versions."""
        ...

    def all_visible(self) -> Iterable[Sequence[Title]]:
        """Every visible title, in batches."""
        ...


class CatalogWork(Protocol):
    """One transaction."""

    @property
    def titles(self) -> Titles:
        """All titles."""
        ...

    def announce(self, fact: Fact) -> None:
        """Let a fact leave with this transaction."""
        ...

    def only_indexer(self) -> bool:
        """Whether this transaction is the only one that writes to the index now."""
        ...


OpenWork = Callable[[], AbstractContextManager[CatalogWork]]


class SearchIndex(Protocol):
    """The search engine; every method raises SearchAwayError when it does not answer."""

    def write(self, titles: Sequence[Title]) -> None:
        """Bring the live collection up to these titles; invisible ones leave it."""
        ...

    def search(self, query: Query) -> Results[Hit]:
        """Titles that match, with facets."""
        ...

    def suggest(self, prefix: str, limit: int, max_age: int | None) -> Sequence[Card]:
        """Titles that begin like this, rated for at most this age."""
        ...

    def related(self, title_id: TitleId, limit: int, max_age: int | None) -> Sequence[Card]:
        """Titles like this one, never itself; TitleNotFoundError if the index has it not."""
        ...

    def begin_collection(self) -> str:
        """Make an empty collection beside the live one; its name."""
        ...

    def fill(self, collection: str, titles: Sequence[Title]) -> None:
        """Write titles into a collection."""
        ...

    def swap(self, collection: str) -> None:
        """Make a collection the live one, and remove the others."""
        ...
