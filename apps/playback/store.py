"""Playback's tables, rows in and frozen dataclasses out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from apps.kit.database import Database
from apps.kit.work import Work
from apps.playback.domain import (
    PLANS,
    Asset,
    Entitlement,
    NotPlayableError,
    PlaybackSession,
    SessionId,
    SessionNotFoundError,
    UserId,
    VideoId,
)

_meta = sa.MetaData()
_moment = sa.DateTime(timezone=True)
assets = sa.Table(
    "assets",
    _meta,
    sa.Column("video_id", sa.Uuid, primary_key=True),
    sa.Column("package", JSONB(none_as_null=True)),
    sa.Column("media_sequence", sa.BigInteger),
    sa.Column("published", sa.Boolean),
    sa.Column("published_sequence", sa.BigInteger),
    sa.Column("min_age", sa.Integer),
    sa.Column("countries", ARRAY(sa.Text)),
    sa.Column("described_sequence", sa.BigInteger),
    sa.Column("deleted", sa.Boolean),
)
entitlements = sa.Table(
    "entitlements",
    _meta,
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("plan", sa.Text),
    sa.Column("source", sa.Text),
)
sessions = sa.Table(
    "sessions",
    _meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid),
    sa.Column("video_id", sa.Uuid),
    sa.Column("package", JSONB),
    sa.Column("plan", sa.Text),
    sa.Column("device", sa.Text),
    sa.Column("started_at", _moment),
    sa.Column("position_seconds", sa.Float),
    sa.Column("heartbeats", sa.Integer),
    sa.Column("ended_at", _moment),
    sa.Column("profile_id", sa.Uuid),
)
_ASSET: TypeAdapter[Asset] = TypeAdapter(Asset)
_SESSION: TypeAdapter[PlaybackSession] = TypeAdapter(PlaybackSession)


class SqlAssets:
    """Assets in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, video_id: VideoId) -> Asset:
        """The asset, held; two first facts of a video wait for one another at the insert."""
        self._connection.execute(
            insert(assets).values(_asset_row(Asset(video_id))).on_conflict_do_nothing()
        )
        query = sa.select(assets).where(assets.c.video_id == video_id).with_for_update()
        return _ASSET.validate_python(dict(self._connection.execute(query).mappings().one()))

    def get(self, video_id: VideoId) -> Asset:
        """The asset; NotPlayableError if nothing is known of it."""
        query = sa.select(assets).where(assets.c.video_id == video_id)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotPlayableError(f"video {video_id} cannot be played")
        return _ASSET.validate_python(dict(row))

    def lock_after(self, video_id: VideoId | None, count: int) -> Sequence[Asset]:
        """Assets of greater ids, held until the transaction ends."""
        query = sa.select(assets).order_by(assets.c.video_id).limit(count).with_for_update()
        if video_id is not None:
            query = query.where(assets.c.video_id > video_id)
        rows = self._connection.execute(query).mappings()
        return [_ASSET.validate_python(dict(row)) for row in rows]

    def save(self, asset: Asset) -> None:
        """Keep a changed asset."""
        changed = sa.update(assets).where(assets.c.video_id == asset.video_id)
        self._connection.execute(changed.values(_asset_row(asset)))


class SqlEntitlements:
    """Entitlements in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, user_id: UserId) -> Entitlement | None:
        """What an account may do."""
        query = sa.select(entitlements).where(entitlements.c.user_id == user_id)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        return Entitlement(user_id, PLANS[row["plan"]], row["source"])

    def save(self, entitlement: Entitlement) -> None:
        """Keep a new or changed entitlement."""
        row = {
            "user_id": entitlement.user_id,
            "plan": entitlement.plan.name,
            "source": entitlement.source,
        }
        kept = insert(entitlements).values(row)
        self._connection.execute(kept.on_conflict_do_update(index_elements=["user_id"], set_=row))


class SqlSessions:
    """Playback sessions in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def save(self, session: PlaybackSession) -> None:
        """Keep a new or changed session."""
        row: dict[str, Any] = dict(vars(session))
        row["package"] = session.package.model_dump(mode="json")
        row["plan"] = session.plan.name
        kept = insert(sessions).values(row)
        names = ("position_seconds", "heartbeats", "ended_at", "package")
        changed = {name: row[name] for name in names}
        self._connection.execute(kept.on_conflict_do_update(index_elements=["id"], set_=changed))

    def get(self, session_id: SessionId) -> PlaybackSession:
        """A session that has not ended."""
        query = sa.select(sessions).where(
            sessions.c.id == session_id, sessions.c.ended_at.is_(None)
        )
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise SessionNotFoundError(f"no session {session_id}")
        return _session(row)

    def of_video(self, video_id: VideoId) -> Sequence[PlaybackSession]:
        """The sessions of a video that have not ended."""
        query = sa.select(sessions).where(
            sessions.c.video_id == video_id, sessions.c.ended_at.is_(None)
        )
        return [_session(row) for row in self._connection.execute(query).mappings()]

    def delete_of(self, user_id: UserId) -> Sequence[SessionId]:
        """Forget all sessions of an account; their ids."""
        gone = sa.delete(sessions).where(sessions.c.user_id == user_id).returning(sessions.c.id)
        return [SessionId(session_id) for session_id in self._connection.execute(gone).scalars()]

    def lock_after(self, session_id: SessionId | None, count: int) -> Sequence[PlaybackSession]:
        """Sessions of greater ids that have not ended, held until the transaction ends."""
        query = sa.select(sessions).where(sessions.c.ended_at.is_(None)).order_by(sessions.c.id)
        if session_id is not None:
            query = query.where(sessions.c.id > session_id)
        rows = self._connection.execute(query.limit(count).with_for_update()).mappings()
        return [_session(row) for row in rows]


def _asset_row(asset: Asset) -> dict[str, Any]:
    row: dict[str, Any] = dict(vars(asset))
    row["package"] = asset.package.model_dump(mode="json") if asset.package else None
    row["countries"] = list(asset.countries)
    return row


def _session(row: sa.RowMapping) -> PlaybackSession:
    return _SESSION.validate_python({**row, "plan": PLANS[row["plan"]]})


class SqlPlaybackWork(Work):
    """One transaction in playback's schema."""

    def __init__(self, connection: sa.Connection, schema: str) -> None:
        super().__init__(connection, schema)
        self.assets = SqlAssets(connection)
        self.entitlements = SqlEntitlements(connection)
        self.sessions = SqlSessions(connection)


class Store:
    """Opens transactions in playback's schema."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def open(self) -> Iterator[SqlPlaybackWork]:
        """A transaction: committed at the end of the block."""
        with self._database.begin() as connection:
            yield SqlPlaybackWork(connection, self._database.schema)
