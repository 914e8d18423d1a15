"""Rows of what profiles watch and think: in as frozen dataclasses, and out again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from apps.profiles.domain.household import ProfileId, UserId
from apps.profiles.domain.opinion import Opinion
from apps.profiles.domain.position import Position
from apps.profiles.domain.review import Review, ReviewId, ReviewNotFoundError, ReviewState
from apps.profiles.domain.title import TitleId
from apps.profiles.domain.watchlist import Watchlist
from apps.profiles.tables import opinions, positions, reports, reviews, watchlists


class SqlWatchlists:
    """Watchlists in PostgreSQL, a row each."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, user_id: UserId, profile_id: ProfileId) -> Watchlist:
        """A profile's watchlist; an empty one if it has none yet."""
        query = sa.select(watchlists).where(watchlists.c.profile_id == profile_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return _watchlist(row) if row is not None else Watchlist(user_id, profile_id)

    def lock(self, user_id: UserId, profile_id: ProfileId) -> Watchlist:
        """The same, held; two first changes wait for one another at the insert."""
        new = {"profile_id": profile_id, "user_id": user_id, "titles": [], "sequence": 0}
        self._connection.execute(insert(watchlists).values(new).on_conflict_do_nothing())
        query = sa.select(watchlists).where(watchlists.c.profile_id == profile_id)
        return _watchlist(self._connection.execute(query.with_for_update()).mappings().one())

    def save(self, watchlist: Watchlist) -> None:
        """Keep a changed watchlist."""
        changed = sa.update(watchlists).where(watchlists.c.profile_id == watchlist.profile_id)
        self._connection.execute(
            changed.values(titles=list(watchlist.titles), sequence=watchlist.sequence)
        )


def _watchlist(row: sa.RowMapping) -> Watchlist:
    return replace(Watchlist(**row), titles=tuple(row["titles"]))


class SqlPositions:
    """Positions in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, position: Position) -> Position:
        """What is known of the same profile and title, held; `position` itself, kept, if nothing is."""
        self._connection.execute(insert(positions).values(vars(position)).on_conflict_do_nothing())
        query = _of(positions, position.profile_id, position.title_id).with_for_update()
        return Position(**self._connection.execute(query).mappings().one())

    def find(self, profile_id: ProfileId, title_id: TitleId) -> Position | None:
        """How far a profile is in a title."""
        row = self._connection.execute(_of(positions, profile_id, title_id)).mappings().first()
        return Position(**row) if row is not None else None

    def save(self, position: Position) -> None:
        """Keep a changed position."""
        which = sa.update(positions).where(
            positions.c.profile_id == position.profile_id, positions.c.title_id == position.title_id
        )
        self._connection.execute(which.values(vars(position)))

    def seen(
        self, profile_id: ProfileId, before: tuple[datetime, TitleId] | None, count: int
    ) -> Sequence[Position]:
        """What a profile watched and did not remove, newest first, from behind a mark."""
        order = (positions.c.at.desc(), positions.c.title_id.desc())
        query = sa.select(positions).where(
            positions.c.profile_id == profile_id, ~positions.c.removed
        )
        if before is not None:
            query = query.where(sa.tuple_(positions.c.at, positions.c.title_id) < before)
        rows = self._connection.execute(query.order_by(*order).limit(count)).mappings()
        return [Position(**row) for row in rows]

    def remove_all(self, profile_id: ProfileId, at: datetime) -> None:
        """Take everything out of a profile's history."""
        which = sa.update(positions).where(positions.c.profile_id == profile_id)
        self._connection.execute(
            which.where(positions.c.at <= at).values(removed=True, at=at, seconds=0.0)
        )


class SqlOpinions:
    """Opinions in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, blank: Opinion) -> Opinion:
        """What a profile thinks of a title, held; `blank`, kept, if nothing yet."""
        self._connection.execute(insert(opinions).values(vars(blank)).on_conflict_do_nothing())
        query = _of(opinions, blank.profile_id, blank.title_id).with_for_update()
        return Opinion(**self._connection.execute(query).mappings().one())

    def save(self, opinion: Opinion) -> None:
        """Keep a changed opinion."""
        which = sa.update(opinions).where(
            opinions.c.profile_id == opinion.profile_id, opinions.c.title_id == opinion.title_id
        )
        self._connection.execute(which.values(vars(opinion)))

    def of(
        self, profile_id: ProfileId, after: TitleId | None, count: int, *, dismissed: bool
    ) -> Sequence[Opinion]:
        """A profile's ratings, or what it dismissed, by title."""
        rated = sa.or_(opinions.c.stars.is_not(None), opinions.c.thumb.is_not(None))
        query = sa.select(opinions).where(
            opinions.c.profile_id == profile_id, opinions.c.not_for_me if dismissed else rated
        )
        if after is not None:
            query = query.where(opinions.c.title_id > after)
        rows = self._connection.execute(query.order_by(opinions.c.title_id).limit(count))
        return [Opinion(**row) for row in rows.mappings()]


class SqlReviews:
    """Reviews and the reports against them in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, profile_id: ProfileId, title_id: TitleId) -> Review | None:
        """A profile's review of a title, held until the transaction ends."""
        query = _of(reviews, profile_id, title_id).with_for_update()
        row = self._connection.execute(query).mappings().first()
        return _review(row) if row is not None else None

    def lock(self, review_id: ReviewId) -> Review:
        """A review, held until the transaction ends; ReviewNotFoundError if there is none."""
        query = sa.select(reviews).where(reviews.c.id == review_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise ReviewNotFoundError(f"no review {review_id}")
        return _review(row)

    def save(self, review: Review) -> None:
        """Keep a new or changed review."""
        kept = insert(reviews).values(vars(review))
        self._connection.execute(
            kept.on_conflict_do_update(index_elements=["id"], set_=vars(review))
        )

    def delete(self, review_id: ReviewId) -> None:
        """Forget a review."""
        self._connection.execute(sa.delete(reviews).where(reviews.c.id == review_id))

    def shown(self, title_id: TitleId, before: ReviewId | None, count: int) -> Sequence[Review]:
        """A title's reviews that can be read, newest first."""
        state = reviews.c.state == ReviewState.SHOWN
        return self._newest(sa.and_(reviews.c.title_id == title_id, state), before, count)

    def reported(self, before: ReviewId | None, count: int) -> Sequence[Review]:
        """Reviews that wait for an operator, newest first."""
        waiting = sa.or_(reviews.c.reports > 0, reviews.c.state == ReviewState.HELD)
        return self._newest(waiting, before, count)

    def report(self, review_id: ReviewId, user_id: UserId, reason: str) -> bool:
        """A household objects; False if it did before."""
        row = {"review_id": review_id, "user_id": user_id, "reason": reason}
        made = insert(reports).values(row).on_conflict_do_nothing().returning(reports.c.user_id)
        return self._connection.execute(made).first() is not None

    def _newest(
        self, which: sa.ColumnElement[bool], before: ReviewId | None, count: int
    ) -> Sequence[Review]:
        query = sa.select(reviews).where(which).order_by(reviews.c.id.desc()).limit(count)
        if before is not None:
            query = query.where(reviews.c.id < before)
        return [_review(row) for row in self._connection.execute(query).mappings()]


def _review(row: sa.RowMapping) -> Review:
    return Review(**{**row, "state": ReviewState(row["state"])})


def _of(table: sa.Table, profile_id: ProfileId, title_id: TitleId) -> sa.Select[tuple[object, ...]]:
    return sa.select(table).where(table.c.profile_id == profile_id, table.c.title_id == title_id)
