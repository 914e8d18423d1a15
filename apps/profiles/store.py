"""Profiles' rows of households and titles: in as frozen dataclasses, and out again."""

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert

from apps.kit.database import Database
from apps.kit.work import Work
from apps.profiles.domain.household import Household, ProfileId, SessionId, UserId
from apps.profiles.domain.title import KnownTitle, TitleId
from apps.profiles.rows import SqlOpinions, SqlPositions, SqlReviews, SqlWatchlists
from apps.profiles.tables import (
    choices,
    households,
    opinions,
    positions,
    reports,
    reviews,
    titles,
    watchlists,
)

_HOUSEHOLD: TypeAdapter[Household] = TypeAdapter(Household)
_OF_PROFILES = (choices, watchlists, positions, opinions, reviews)


class SqlHouseholds:
    """Households in PostgreSQL, a row each: they are small, and change as a whole."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, user_id: UserId) -> Household | None:
        """A household."""
        query = sa.select(households).where(households.c.user_id == user_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return _HOUSEHOLD.validate_python(dict(row)) if row is not None else None

    def lock(self, user_id: UserId, plan: str) -> Household:
        """A household, held; two that begin it at once wait for one another at the insert."""
        new = insert(households).values(_row(Household(user_id, plan))).on_conflict_do_nothing()
        self._connection.execute(new)
        query = sa.select(households).where(households.c.user_id == user_id).with_for_update()
        return _HOUSEHOLD.validate_python(dict(self._connection.execute(query).mappings().one()))

    def save(self, household: Household) -> None:
        """Keep a changed household."""
        changed = sa.update(households).where(households.c.user_id == household.user_id)
        self._connection.execute(changed.values(_row(household)))

    def names(self, user_ids: Set[UserId]) -> Mapping[ProfileId, str]:
        """What the profiles of some households are called."""
        query = sa.select(households).where(households.c.user_id.in_(user_ids))
        rows = self._connection.execute(query).mappings()
        found = [_HOUSEHOLD.validate_python(dict(row)) for row in rows]
        return {each.id: each.settings.name for one in found for each in one.profiles}

    def choice(self, session_id: SessionId) -> ProfileId | None:
        """The profile that a session chose."""
        query = sa.select(choices.c.profile_id).where(choices.c.session_id == session_id)
        return self._connection.execute(query).scalar_one_or_none()

    def choose(self, session_id: SessionId, user_id: UserId, profile_id: ProfileId) -> None:
        """Keep a session's choice."""
        row = {"session_id": session_id, "user_id": user_id, "profile_id": profile_id}
        kept = insert(choices).values(row)
        self._connection.execute(
            kept.on_conflict_do_update(index_elements=["session_id"], set_=row)
        )

    def forget_choice(self, session_id: SessionId) -> None:
        """A session has ended."""
        self._connection.execute(sa.delete(choices).where(choices.c.session_id == session_id))

    def forget(self, user_id: UserId, profile_id: ProfileId | None = None) -> None:
        """Delete all that a profile, or the whole household, said and watched."""
        for table in _OF_PROFILES:
            whose = table.c.user_id == user_id
            if profile_id is not None:
                whose &= table.c.profile_id == profile_id
            self._connection.execute(sa.delete(table).where(whose))
        if profile_id is None:
            self._connection.execute(sa.delete(reports).where(reports.c.user_id == user_id))


class SqlTitles:
    """Profiles' copy of the catalogue in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, title_id: TitleId) -> KnownTitle:
        """The title, held; two first facts of a title wait for one another at the insert."""
        new = insert(titles).values(vars(KnownTitle(title_id))).on_conflict_do_nothing()
        self._connection.execute(new)
        query = sa.select(titles).where(titles.c.id == title_id).with_for_update()
        return KnownTitle(**self._connection.execute(query).mappings().one())

    def save(self, title: KnownTitle) -> None:
        """Keep a changed title."""
        self._connection.execute(
            sa.update(titles).where(titles.c.id == title.id).values(vars(title))
        )

    def shown(
        self, title_ids: Sequence[TitleId], limit: int | None
    ) -> Mapping[TitleId, KnownTitle]:
        """Those of the titles that a profile with this age limit may see."""
        query = sa.select(titles).where(titles.c.id.in_(title_ids), titles.c.shown)
        if limit is not None:
            query = query.where(titles.c.min_age <= limit)
        rows = self._connection.execute(query).mappings()
        return {row["id"]: KnownTitle(**row) for row in rows}


def _row(household: Household) -> dict[str, Any]:
    row: dict[str, Any] = dict(vars(household))
    row["profiles"] = _HOUSEHOLD.dump_python(household, mode="json")["profiles"]
    return row


class SqlProfilesWork(Work):
    """One transaction in profiles' schema."""

    def __init__(self, connection: sa.Connection, schema: str) -> None:
        super().__init__(connection, schema)
        self.households = SqlHouseholds(connection)
        self.titles = SqlTitles(connection)
        self.watchlists = SqlWatchlists(connection)
        self.positions = SqlPositions(connection)
        self.opinions = SqlOpinions(connection)
        self.reviews = SqlReviews(connection)


class Store:
    """Opens transactions in profiles' schema."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def open(self) -> Iterator[SqlProfilesWork]:
        """A transaction: committed at the end of the block."""
        with self._database.begin() as connection:
            yield SqlProfilesWork(connection, self._database.schema)
