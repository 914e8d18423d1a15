"""Catalog's tables, rows in and frozen dataclasses out."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH, insert

from apps.catalog.domain import Title, TitleId, TitleNotFoundError
from apps.kit.database import Database
from apps.kit.work import Work

INDEXER_LOCK = 727002
BATCH = 1000

_meta = sa.MetaData()
titles = sa.Table(
    "titles",
    _meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("metadata", JSONB(none_as_null=True)),
    sa.Column("described_sequence", sa.BigInteger),
    sa.Column("published", sa.Boolean),
    sa.Column("published_sequence", sa.BigInteger),
    sa.Column("playable", JSONB(none_as_null=True)),
    sa.Column("media_sequence", sa.BigInteger),
    sa.Column("coming", sa.Boolean),
    sa.Column("deleted", sa.Boolean),
    sa.Column("version", sa.BigInteger),
    sa.Column("indexed_version", sa.BigInteger),
)
_TITLE: TypeAdapter[Title] = TypeAdapter(Title)
_visible = sa.and_(
    titles.c.published,
    ~titles.c.deleted,
    titles.c.metadata.is_not(None),
    sa.or_(titles.c.playable.is_not(None), titles.c.coming),
)


class SqlTitles:
    """Titles in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, title_id: TitleId) -> Title:
        """The title, held; two first facts of a title wait for one another at the insert."""
        new = {**asdict(Title(title_id)), "metadata": None}
        self._connection.execute(insert(titles).values(new).on_conflict_do_nothing())
        query = sa.select(titles).where(titles.c.id == title_id).with_for_update()
        return _title(self._connection.execute(query).mappings().one())

    def save(self, title: Title) -> None:
        """Keep a changed title."""
        row: dict[str, Any] = dict(vars(title))
        row["metadata"] = title.metadata.model_dump(mode="json") if title.metadata else None
        row["playable"] = asdict(title.playable) if title.playable else None
        row.pop("indexed_version")
        self._connection.execute(sa.update(titles).where(titles.c.id == title.id).values(row))

    def get(self, title_id: TitleId, max_age: int | None) -> Title:
        """The visible title, rated for at most this age; TitleNotFoundError if there is none."""
        query = sa.select(titles).where(titles.c.id == title_id, _visible, _rated(max_age))
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise TitleNotFoundError(f"no title {title_id}")
        return _title(row)

    def visible(self, after: str | None, count: int, max_age: int | None = None) -> Sequence[Title]:
        """Visible titles, rated for at most this age, newest first: ids are ordered by time."""
        which = sa.select(titles).where(_visible, _rated(max_age))
        query = which.order_by(titles.c.id.desc()).limit(count)
        if after is not None:
            query = query.where(titles.c.id < after)
        return [_title(row) for row in self._connection.execute(query).mappings()]

    def unindexed(self, count: int) -> Sequence[Title]:
        """Titles that the search index has not followed yet."""
        behind = titles.c.indexed_version < titles.c.version
        rows = self._connection.execute(sa.select(titles).where(behind).limit(count)).mappings()
        return [_title(row) for row in rows]

    def indexed(self, done: Iterable[Title]) -> None:
        """The index has these, in these versions."""
        mark = sa.update(titles).where(titles.c.id == sa.bindparam("title_id"))
        rows = [{"title_id": title.id, "has": title.version} for title in done]
        if rows:
            self._connection.execute(mark.values(indexed_version=sa.bindparam("has")), rows)

    def all_visible(self) -> Iterable[Sequence[Title]]:
        """Every visible title, in batches by id."""
        after = None
        while batch := self.visible(after, BATCH):
            yield batch
            after = str(batch[-1].id)


def _rated(max_age: int | None) -> sa.ColumnElement[bool]:
    """None of a title's ratings asks for more than this age."""
    if max_age is None:
        return sa.true()
    over = sa.literal("$.ratings[*] ? (@.min_age > $limit)").cast(JSONPATH)
    limit = sa.func.jsonb_build_object("limit", max_age)
    return ~sa.func.jsonb_path_exists(titles.c.metadata, over, limit)


def _title(row: sa.RowMapping) -> Title:
    return _TITLE.validate_python(dict(row))


class SqlCatalogWork(Work):
    """One transaction in catalog's schema."""

    def __init__(self, connection: sa.Connection, schema: str) -> None:
        super().__init__(connection, schema)
        self.titles = SqlTitles(connection)

    def only_indexer(self) -> bool:
        """Whether this transaction got the indexer's lock."""
        lock = sa.func.pg_try_advisory_xact_lock(INDEXER_LOCK)
        return bool(self.connection.execute(sa.select(lock)).scalar_one())


class Store:
    """Opens transactions in catalog's schema."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def open(self) -> Iterator[SqlCatalogWork]:
        """A transaction: committed at the end of the block."""
        with self._database.begin() as connection:
            yield SqlCatalogWork(connection, self._database.schema)
