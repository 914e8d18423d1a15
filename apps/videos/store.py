"""Videos' tables, rows in and frozen dataclasses out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from apps.contracts.videos import Metadata
from apps.kit.database import Database
from apps.kit.work import Work
from apps.videos.domain import (
    OwnerId,
    Upload,
    UploadId,
    UploadNotFoundError,
    UploadPlan,
    UploadState,
    Video,
    VideoId,
    VideoNotFoundError,
    VideoState,
)

_meta = sa.MetaData()
_moment = sa.DateTime(timezone=True)
videos = sa.Table(
    "videos",
    _meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("owner_id", sa.Uuid, nullable=False),
    sa.Column("metadata", JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("published", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("asset_id", sa.Uuid),
    sa.Column("asset_version", sa.Integer, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("heard_sequence", sa.BigInteger, nullable=False),
)
uploads = sa.Table(
    "uploads",
    _meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("video_id", sa.Uuid, nullable=False),
    sa.Column("owner_id", sa.Uuid, nullable=False),
    sa.Column("asset_id", sa.Uuid, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("store_id", sa.Text, nullable=False),
    sa.Column("plan", JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
)


class SqlVideos:
    """Videos in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def save(self, video: Video) -> None:
        """Keep a new or changed video."""
        row = {**vars(video), "metadata": video.metadata.model_dump(mode="json")}
        kept = insert(videos).values(row)
        self._connection.execute(kept.on_conflict_do_update(index_elements=["id"], set_=row))

    def get(self, video_id: VideoId) -> Video:
        """The video, held until the transaction ends."""
        query = sa.select(videos).where(videos.c.id == video_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise VideoNotFoundError(f"no video {video_id}")
        return _video(row)

    def owned(self, owner_id: OwnerId, after: str | None, count: int) -> Sequence[Video]:
        """A studio's videos, newest first: ids are ordered by time."""
        query = (
            sa.select(videos)
            .where(videos.c.owner_id == owner_id, videos.c.state != VideoState.DELETED)
            .order_by(videos.c.id.desc())
            .limit(count)
        )
        if after is not None:
            query = query.where(videos.c.id < after)
        return [_video(row) for row in self._connection.execute(query).mappings()]


class SqlUploads:
    """Uploads in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def save(self, upload: Upload) -> None:
        """Keep a new or changed upload."""
        row = {**vars(upload), "plan": vars(upload.plan)}
        kept = insert(uploads).values(row)
        self._connection.execute(
            kept.on_conflict_do_update(index_elements=["id"], set_={"state": upload.state})
        )

    def get(self, upload_id: UploadId) -> Upload:
        """The upload, held until the transaction ends."""
        query = sa.select(uploads).where(uploads.c.id == upload_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise UploadNotFoundError(f"no upload {upload_id}")
        return _upload(row)

    def of_video(self, video_id: VideoId) -> Sequence[Upload]:
        """Every upload of a video."""
        query = sa.select(uploads).where(uploads.c.video_id == video_id)
        return [_upload(row) for row in self._connection.execute(query).mappings()]

    def open_before(self, moment: datetime, count: int) -> Sequence[Upload]:
        """Uploads still open though they began before a moment."""
        query = sa.select(uploads).where(
            uploads.c.state == UploadState.OPEN, uploads.c.created_at < moment
        )
        return [_upload(row) for row in self._connection.execute(query.limit(count)).mappings()]


def _video(row: sa.RowMapping) -> Video:
    metadata = Metadata.model_validate(row["metadata"])
    return Video(**{**row, "metadata": metadata, "state": VideoState(row["state"])})


def _upload(row: sa.RowMapping) -> Upload:
    plan: dict[str, Any] = row["plan"]
    whole = UploadPlan(**{**plan, "part_md5s": tuple(plan["part_md5s"])})
    return Upload(**{**row, "plan": whole, "state": UploadState(row["state"])})


class SqlVideosWork(Work):
    """One transaction in videos' schema."""

    def __init__(self, connection: sa.Connection, schema: str) -> None:
        super().__init__(connection, schema)
        self.videos = SqlVideos(connection)
        self.uploads = SqlUploads(connection)


class Store:
    """Opens transactions in videos' schema."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def open(self) -> Iterator[SqlVideosWork]:
        """A transaction: committed at the end of the block."""
        with self._database.begin() as connection:
            yield SqlVideosWork(connection, self._database.schema)
