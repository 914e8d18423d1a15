"""A profile's watchlist: titles in the order that its owner gave them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from apps.kit.errors import ConflictError, NotFoundError
from apps.profiles.domain.household import ProfileId, UserId
from apps.profiles.domain.title import TitleId

MOST = 500


class WatchlistFullError(ConflictError):
    """There is no room for another title."""

    type = "watchlist-full"
    title = "The watchlist is full"


class NotOnWatchlistError(NotFoundError):
    """The title is not on the watchlist."""

    type = "not-on-watchlist"


@dataclass(frozen=True)
class Watchlist:
    """Titles, the first on top; `sequence` counts changes."""

    user_id: UserId
    profile_id: ProfileId
    titles: Sequence[TitleId] = field(default=())
    sequence: int = 0

    def added(self, title: TitleId) -> "Watchlist":
        """With a title on top; one that is there keeps its place."""
        if title in self.titles:
            return self
        if len(self.titles) >= MOST:
            raise WatchlistFullError(f"a watchlist holds {MOST} titles")
        return self._with((title, *self.titles))

    def removed(self, title: TitleId) -> "Watchlist":
        """Without a title."""
        if title not in self.titles:
            return self
        return self._with(tuple(each for each in self.titles if each != title))

    def moved(self, title: TitleId, before: TitleId | None) -> "Watchlist":
        """With a title right before another, or at the end."""
        if title not in self.titles or (before is not None and before not in self.titles):
            raise NotOnWatchlistError("both titles must be on the watchlist")
        if title == before:
            return self
        rest = [each for each in self.titles if each != title]
        place = len(rest) if before is None else rest.index(before)
        return self._with((*rest[:place], title, *rest[place:]))

    def after(self, title: TitleId | None) -> Sequence[TitleId]:
        """The titles behind one; all of them without, or when it has left the list."""
        if title is None or title not in self.titles:
            return self.titles
        return self.titles[self.titles.index(title) + 1 :]

    def _with(self, titles: Sequence[TitleId]) -> "Watchlist":
        if titles == self.titles:
            return self
        return replace(self, titles=titles, sequence=self.sequence + 1)
