"""What a profile watches: its watchlist, its history, how far it is, and what to go on with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from apps.contracts.playback import PlaybackWatched
from apps.contracts.profiles import WatchlistChanged
from apps.kit.clock import Clock
from apps.kit.errors import UnprocessableError
from apps.kit.pages import Page, cut, decode, decode_id, encode
from apps.profiles.domain.household import Acting, ProfileId, UserId
from apps.profiles.domain.position import Position
from apps.profiles.domain.title import KnownTitle, TitleId, TitleUnknownError
from apps.profiles.domain.watchlist import Watchlist
from apps.profiles.ports import OpenWork, ProfilesWork, ReadCache
from apps.profiles.service.households import Asking, Households, watchlist_key

# How many rows are read at a time for a page out of which some may not be shown.
BATCH = 200
# What a page looks through at most; the next one goes on from there.
BATCHES = 5


@dataclass(frozen=True)
class Seen:
    """A title and how far a profile is in it."""

    title: KnownTitle
    position: Position


class Watching:
    """One profile's lists; every method refuses a session that acts as another."""

    def __init__(
        self, open_work: OpenWork, households: Households, cache: ReadCache, *, clock: Clock
    ) -> None:
        self._open_work = open_work
        self._households = households
        self._cache = cache
        self._clock = clock

    def watchlist(
        self, asking: Asking, profile_id: ProfileId, cursor: str | None, limit: int
    ) -> Page[KnownTitle]:
        """The titles on a watchlist that can be watched now, in their order."""
        mark = decode_id(cursor)

        def load() -> str:
            with self._open_work() as work:
                listed = work.watchlists.get(asking.user_id, profile_id)
            return " ".join(map(str, listed.titles))

        with self._open_work() as work:
            acting = self._households.acting_in(work, asking, profile_id)
            titles = [TitleId(UUID(each)) for each in self._read(profile_id, load).split()]
            rest = Watchlist(asking.user_id, profile_id, titles).after(
                TitleId(mark) if mark else None
            )
            shown = work.titles.shown(rest, acting.max_age)
        rows = [shown[title] for title in rest if title in shown]
        return cut(rows[: limit + 1], limit, lambda title: str(title.id))

    def add(self, asking: Asking, profile_id: ProfileId, title_id: TitleId) -> None:
        """Put a title on top of a watchlist; WatchlistFullError, TitleUnknownError."""

        def change(work: ProfilesWork, acting: Acting, listed: Watchlist) -> Watchlist:
            visible(work, title_id, acting)
            return listed.added(title_id)

        self._change(asking, profile_id, change)

    def remove(self, asking: Asking, profile_id: ProfileId, title_id: TitleId) -> None:
        """Take a title off a watchlist."""
        self._change(asking, profile_id, lambda _, __, listed: listed.removed(title_id))

    def move(
        self, asking: Asking, profile_id: ProfileId, title_id: TitleId, before: TitleId | None
    ) -> None:
        """Put a title right before another, or at the end; NotOnWatchlistError."""
        self._change(asking, profile_id, lambda _, __, listed: listed.moved(title_id, before))

    def watched(self, fact: PlaybackWatched) -> None:
        """A player told how far it is; late and repeated facts change nothing."""
        at = min(fact.at or self._clock(), self._clock())
        profile_id = ProfileId(fact.profile_id or fact.user_id)
        with self._open_work() as work:
            household = work.households.find(UserId(fact.user_id))
            known = household.profiles if household else ()
            if household is None or profile_id not in [each.id for each in known]:
                return  # a profile, or a whole household, that is gone stays forgotten
            title_id, seconds = TitleId(fact.video_id), fact.position_seconds
            self._merge(work, Position(household.user_id, profile_id, title_id, seconds, at))

    def place(
        self,
        asking: Asking,
        profile_id: ProfileId,
        title_id: TitleId,
        seconds: float,
        ago: timedelta,
    ) -> Position:
        """A device tells how far it is, or was a while ago while it could not say so.

        The device says how long ago, not when: so its clock may be wrong.
        """
        with self._open_work() as work:
            acting = self._households.acting_in(work, asking, profile_id)
            visible(work, title_id, acting)
            at = self._clock() - ago
            return self._merge(work, Position(asking.user_id, profile_id, title_id, seconds, at))

    def position(self, asking: Asking, profile_id: ProfileId, title_id: TitleId) -> Position:
        """How far a profile is in a title: at its beginning, if nothing else is known."""
        with self._open_work() as work:
            acting = self._households.acting_in(work, asking, profile_id)
            visible(work, title_id, acting)
            found = work.positions.find(profile_id, title_id)
        if found is not None and not found.removed:
            return found
        return Position(asking.user_id, profile_id, title_id, 0.0, self._clock())

    def history(
        self, asking: Asking, profile_id: ProfileId, cursor: str | None, limit: int
    ) -> Page[Seen]:
        """What a profile watched, newest first."""
        return self._seen(asking, profile_id, cursor, limit, lambda _: True)

    def continuing(
        self, asking: Asking, profile_id: ProfileId, cursor: str | None, limit: int
    ) -> Page[Seen]:
        """What a profile has begun and not finished, newest first."""
        return self._seen(
            asking, profile_id, cursor, limit, lambda seen: seen.position.continues(seen.title)
        )

    def forget(self, asking: Asking, profile_id: ProfileId, title_id: TitleId | None) -> None:
        """Take a title, or everything, out of a profile's history."""
        now = self._clock()
        with self._open_work() as work:
            self._households.acting_in(work, asking, profile_id)
            if title_id is None:
                work.positions.remove_all(profile_id, now)
                return
            gone = Position(asking.user_id, profile_id, title_id, 0.0, now, removed=True)
            self._merge(work, gone)

    def hide(self, asking: Asking, profile_id: ProfileId, title_id: TitleId) -> None:
        """Take a title out of what to go on with, until it is watched again."""
        with self._open_work() as work:
            self._households.acting_in(work, asking, profile_id)
            found = work.positions.find(profile_id, title_id)
            if found is not None:
                self._merge(work, replace(found, hidden_at=self._clock()))

    def _merge(self, work: ProfilesWork, said: Position) -> Position:
        merged = work.positions.lock(said).merged(said)
        work.positions.save(merged)
        return merged

    def _read(self, profile_id: ProfileId, load: Callable[[], str]) -> str:
        return self._cache.read(watchlist_key(profile_id), load)

    def _change(
        self,
        asking: Asking,
        profile_id: ProfileId,
        change: Callable[[ProfilesWork, Acting, Watchlist], Watchlist],
    ) -> None:
        with self._cache.writing(watchlist_key(profile_id)), self._open_work() as work:
            acting = self._households.acting_in(work, asking, profile_id)
            held = work.watchlists.lock(asking.user_id, profile_id)
            changed = change(work, acting, held)
            if changed == held:
                return
            work.watchlists.save(changed)
            work.announce(
                WatchlistChanged(
                    sequence=changed.sequence,
                    user_id=asking.user_id,
                    profile_id=profile_id,
                    title_ids=tuple(changed.titles),
                )
            )

    def _seen(
        self,
        asking: Asking,
        profile_id: ProfileId,
        cursor: str | None,
        limit: int,
        wanted: Callable[[Seen], bool],
    ) -> Page[Seen]:
        """Rows that are shown and wanted; what cannot be shown is looked past, batch by batch."""
        mark, found = _mark(decode(cursor)), []
        with self._open_work() as work:
            acting = self._households.acting_in(work, asking, profile_id)
            for _ in range(BATCHES):
                rows = work.positions.seen(profile_id, mark, BATCH)
                found += [seen for seen in _known(work, rows, acting) if wanted(seen)]
                if len(rows) < BATCH or len(found) > limit:
                    return cut(found[: limit + 1], limit, _mark_of)
                mark = (rows[-1].at, rows[-1].title_id)
        assert mark is not None
        return Page(found, encode(f"{mark[0].isoformat()} {mark[1]}"))


def visible(work: ProfilesWork, title_id: TitleId, acting: Acting) -> KnownTitle:
    """A title that this profile may see; TitleUnknownError for any other."""
    found = work.titles.shown([title_id], acting.max_age).get(title_id)
    if found is None:
        raise TitleUnknownError(f"no title {title_id}")
    return found


def _known(work: ProfilesWork, rows: Sequence[Position], acting: Acting) -> list[Seen]:
    shown = work.titles.shown([row.title_id for row in rows], acting.max_age)
    return [Seen(shown[row.title_id], row) for row in rows if row.title_id in shown]


def _mark_of(seen: Seen) -> str:
    return f"{seen.position.at.isoformat()} {seen.position.title_id}"


def _mark(text: str | None) -> tuple[datetime, TitleId] | None:
    if text is None:
        return None
    try:
        at, title = text.split(" ")
        return datetime.fromisoformat(at), TitleId(UUID(title))
    except ValueError:
        raise UnprocessableError("the cursor is not one of ours") from None
