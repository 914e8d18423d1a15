"""What profiles needs from outside."""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from apps.contracts.fact import Fact
from apps.kit.work import IdempotencyKey
from apps.profiles.domain.household import Household, ProfileId, SessionId, UserId
from apps.profiles.domain.opinion import Opinion
from apps.profiles.domain.position import Position
from apps.profiles.domain.review import Review, ReviewId
from apps.profiles.domain.title import KnownTitle, TitleId
from apps.profiles.domain.watchlist import Watchlist


class Households(Protocol):
    """All households, and which profile each session chose."""

    def find(self, user_id: UserId) -> Household | None:
        """A household."""
        ...

    def lock(self, user_id: UserId, plan: str) -> Household:
        """A household, held until the transaction ends; an empty one on this plan if there is none."""
        ...

    def save(self, household: Household) -> None:
        """Keep a changed household."""
        ...

    def names(self, user_ids: Set[UserId]) -> Mapping[ProfileId, str]:
        """What the profiles of some households are called."""
        ...

    def choice(self, session_id: SessionId) -> ProfileId | None:
        """The profile that a session chose."""
        ...

    def choose(self, session_id: SessionId, user_id: UserId, profile_id: ProfileId) -> None:
        """Keep a session's choice."""
        ...

    def forget_choice(self, session_id: SessionId) -> None:
        """A session has ended."""
        ...

    def forget(self, user_id: UserId, profile_id: ProfileId | None = None) -> None:
        """Delete all that a profile, or the whole household, said and watched."""
        ...


class Titles(Protocol):
    """Profiles' copy of the catalogue."""

    def lock(self, title_id: TitleId) -> KnownTitle:
        """The title, held until the transaction ends; an empty one if nothing is known of it."""
        ...

    def save(self, title: KnownTitle) -> None:
        """Keep a changed title."""
        ...

    def shown(
        self, title_ids: Sequence[TitleId], limit: int | None
    ) -> Mapping[TitleId, KnownTitle]:
        """Those of the titles that a profile with this age limit may see."""
        ...


class Watchlists(Protocol):
    """All watchlists."""

    def get(self, user_id: UserId, profile_id: ProfileId) -> Watchlist:
        """A profile's watchlist; an empty one if it has none yet."""
        ...

    def lock(self, user_id: UserId, profile_id: ProfileId) -> Watchlist:
        """The same, held until the transaction ends."""
        ...

    def save(self, watchlist: Watchlist) -> None:
        """Keep a changed watchlist."""
        ...


class Positions(Protocol):
    """How far every profile is in every title."""

    def lock(self, position: Position) -> Position:
        """What is known of the same profile and title, held; `position` itself, kept, if nothing is."""
        ...

    def find(self, profile_id: ProfileId, title_id: TitleId) -> Position | None:
        """How far a profile is in a title."""
        ...

    def save(self, position: Position) -> None:
        """Keep a changed position."""
        ...

    def seen(
        self, profile_id: ProfileId, before: tuple[datetime, TitleId] | None, count: int
    ) -> Sequence[Position]:
        """What a profile watched and did not remove, newest first, from behind a mark."""
        ...

    def remove_all(self, profile_id: ProfileId, at: datetime) -> None:
        """Take everything out of a profile's history."""
        ...


class Opinions(Protocol):
    """What profiles think of titles."""

    def lock(self, blank: Opinion) -> Opinion:
        """What a profile thinks of a title, held; `blank`, kept, if nothing yet."""
        ...

    def save(self, opinion: Opinion) -> None:
        """Keep a changed opinion."""
        ...

    def of(
        self, profile_id: ProfileId, after: TitleId | None, count: int, *, dismissed: bool
    ) -> Sequence[Opinion]:
        """A profile's ratings, or what it dismissed, by title."""
        ...


class Reviews(Protocol):
    """All reviews."""

    def find(self, profile_id: ProfileId, title_id: TitleId) -> Review | None:
        """A profile's review of a title."""
        ...

    def lock(self, review_id: ReviewId) -> Review:
        """A review, held until the transaction ends; ReviewNotFoundError if there is none."""
        ...

    def save(self, review: Review) -> None:
        """Keep a new or changed review."""
        ...

    def delete(self, review_id: ReviewId) -> None:
        """Forget a review."""
        ...

    def shown(self, title_id: TitleId, before: ReviewId | None, count: int) -> Sequence[Review]:
        """A title's reviews that can be read, newest first."""
        ...

    def reported(self, before: ReviewId | None, count: int) -> Sequence[Review]:
        """Reviews that wait for an operator, newest first."""
        ...

    def report(self, review_id: ReviewId, user_id: UserId, reason: str) -> bool:
        """A household objects; False if it did before."""
        ...


class ProfilesWork(Protocol):
    """One transaction."""

    @property
    def households(self) -> Households:
        """All households."""
        ...

    @property
    def titles(self) -> Titles:
        """Profiles' copy of the catalogue."""
        ...

    @property
    def watchlists(self) -> Watchlists:
        """All watchlists."""
        ...

    @property
    def positions(self) -> Positions:
        """How far every profile is in every title."""
        ...

    @property
    def opinions(self) -> Opinions:
        """What profiles think of titles."""
        ...

    @property
    def reviews(self) -> Reviews:
        """All reviews."""
        ...

    def announce(self, fact: Fact) -> None:
        """Let a fact leave with this transaction."""
        ...

    def remembered(self, key: IdempotencyKey | None) -> str | None:
        """The resource an earlier attempt made under this key."""
        ...

    def remember(self, key: IdempotencyKey | None, resource: object) -> None:
        """Keep what this attempt made under its key."""
        ...


OpenWork = Callable[[], AbstractContextManager[ProfilesWork]]


class Pins(Protocol):
    """Hashes PINs."""

    def hash(self, pin: str) -> str:
        """A hash with its salt; UnavailableError when too many wait."""
        ...

    def matches(self, pin: str, hashed: str) -> bool:
        """Whether it is the PIN."""
        ...


class ReadCache(Protocol):
    """Copies of what is read often; correct whether the store behind it answers or not."""

    def read(self, key: str, load: Callable[[], str]) -> str:
        """The copy of a key's value, or what `load` gives."""
        ...

    def writing(self, *keys: str) -> AbstractContextManager[None]:
        """While the block changes what is behind these keys, and after it, nobody reads an older copy."""
        ...
