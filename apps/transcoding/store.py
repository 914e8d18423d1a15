"""Transcoding's tables: the queue of steps lives here, in PostgreSQL."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from apps.kit.database import Database
from apps.kit.work import Work
from apps.transcoding.domain.fleet import Place
from apps.transcoding.domain.job import Job, JobId, JobNotFoundError
from apps.transcoding.domain.step import Step, StepId
from apps.transcoding.domain.timeline import Event

_meta = sa.MetaData()
_moment = sa.DateTime(timezone=True)


def _columns(**kinds: Any) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name, kind in kinds.items()]


jobs = sa.Table(
    "jobs",
    _meta,
    *_columns(
        id=sa.Uuid, video_id=sa.Uuid, owner_id=sa.Uuid, asset_id=sa.Uuid,
        asset_version=sa.Integer, source=JSONB, keys=JSONB, state=sa.Text, created_at=_moment,
        revision=sa.Integer, media=JSONB, package=JSONB, code=sa.Text, reason=sa.Text,
        finished_at=_moment,
    ),
)  # fmt: skip
steps = sa.Table(
    "steps",
    _meta,
    *_columns(
        id=sa.Uuid, job_id=sa.Uuid, name=sa.Text, kind=sa.Text, state=sa.Text,
        needs=ARRAY(sa.Text), parameters=JSONB, attempt=sa.Integer, worker=sa.Text,
        lease_until=_moment, not_before=_moment, started_at=_moment, finished_at=_moment,
        cpu_seconds=sa.Float, bytes=sa.BigInteger, output=JSONB, code=sa.Text, reason=sa.Text,
        priority=sa.Integer,
    ),
)  # fmt: skip
timeline = sa.Table(
    "timeline",
    _meta,
    *_columns(
        number=sa.BigInteger, job_id=sa.Uuid, at=_moment, step=sa.Text, event=sa.Text,
        attempt=sa.Integer, worker=sa.Text, seconds=sa.Float, cpu_seconds=sa.Float,
        bytes=sa.BigInteger, code=sa.Text, reason=sa.Text,
    ),
)  # fmt: skip
places = sa.Table("places", _meta, *_columns(number=sa.Integer, token=sa.Uuid, worker=sa.Text))
_JOB: TypeAdapter[Job] = TypeAdapter(Job)
_STEP: TypeAdapter[Step] = TypeAdapter(Step)


class SqlJobs:
    """Jobs in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, job: Job) -> bool:
        """Keep a new job; False if its asset has one."""
        added = insert(jobs).values(_job_row(job)).on_conflict_do_nothing()
        return self._connection.execute(added.returning(jobs.c.id)).first() is not None

    def save(self, job: Job) -> None:
        """Keep a changed job."""
        self._connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(_job_row(job)))

    def lock(self, job_id: JobId) -> Job:
        """The job, held until the transaction ends."""
        return self._one(sa.select(jobs).where(jobs.c.id == job_id).with_for_update())

    def get(self, job_id: JobId) -> Job:
        """The job; JobNotFoundError if there is none."""
        return self._one(sa.select(jobs).where(jobs.c.id == job_id))

    def of_video(self, video_id: UUID, owner_id: UUID) -> Sequence[Job]:
        """A studio's jobs of a video, newest first."""
        query = sa.select(jobs).where(jobs.c.video_id == video_id, jobs.c.owner_id == owner_id)
        rows = self._connection.execute(query.order_by(jobs.c.id.desc()).limit(100)).mappings()
        return [_JOB.validate_python(dict(row)) for row in rows]

    def of_assets(self, asset_ids: Iterable[UUID]) -> Sequence[Job]:
        """The jobs of some assets."""
        query = sa.select(jobs).where(jobs.c.asset_id.in_(list(asset_ids)))
        rows = self._connection.execute(query).mappings()
        return [_JOB.validate_python(dict(row)) for row in rows]

    def ended_before(self, moment: datetime, count: int) -> Sequence[Job]:
        """Jobs that ended within the week before a moment, oldest first."""
        query = sa.select(jobs).where(
            jobs.c.finished_at < moment, jobs.c.finished_at > moment - timedelta(days=7)
        )
        rows = self._connection.execute(query.order_by(jobs.c.finished_at).limit(count))
        return [_JOB.validate_python(dict(row)) for row in rows.mappings()]

    def lock_after(self, job_id: JobId | None, count: int) -> Sequence[Job]:
        """Jobs with greater ids, held until the transaction ends."""
        query = sa.select(jobs).order_by(jobs.c.id).limit(count).with_for_update()
        if job_id is not None:
            query = query.where(jobs.c.id > job_id)
        rows = self._connection.execute(query).mappings()
        return [_JOB.validate_python(dict(row)) for row in rows]

    def remove(self, job_id: JobId) -> None:
        """Forget a job; its steps and timeline go with it."""
        self._connection.execute(sa.delete(jobs).where(jobs.c.id == job_id))

    def bury(self, video_id: UUID) -> None:
        """Remember that a video was deleted."""
        self._connection.execute(
            sa.text("INSERT INTO tombstones (video_id) VALUES (:id) ON CONFLICT DO NOTHING"),
            {"id": video_id},
        )

    def buried(self, video_id: UUID) -> bool:
        """Whether a video was deleted."""
        query = sa.text("SELECT 1 FROM tombstones WHERE video_id = :id")
        return self._connection.execute(query, {"id": video_id}).first() is not None

    def _one(self, query: sa.Select[Any]) -> Job:
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise JobNotFoundError("no such job")
        return _JOB.validate_python(dict(row))


class SqlSteps:
    """The queue in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, new: Iterable[Step]) -> None:
        """Keep new steps and wake the workers at the commit."""
        rows = [_step_row(step) for step in new]
        if rows:
            self._connection.execute(insert(steps).values(rows).on_conflict_do_nothing())
            self._wake()

    def save(self, step: Step) -> None:
        """Keep a changed step."""
        changed = sa.update(steps).where(steps.c.id == step.id).values(_step_row(step))
        self._connection.execute(changed)
        if step.state == "ready":
            self._wake()

    def lock(self, step_id: StepId) -> Step | None:
        """The step, held until the transaction ends."""
        query = sa.select(steps).where(steps.c.id == step_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        return _STEP.validate_python(dict(row)) if row else None

    def next(self, now: datetime) -> Step | None:
        """The most urgent step that is due or whose lease ran out, skipping held ones."""
        due = sa.and_(
            steps.c.state == "ready",
            sa.or_(steps.c.not_before.is_(None), steps.c.not_before <= now),
        )
        lost = sa.and_(steps.c.state == "running", steps.c.lease_until < now)
        query = sa.select(steps).where(sa.or_(due, lost)).order_by(steps.c.priority, steps.c.id)
        row = self._connection.execute(query.limit(1)).mappings().one_or_none()
        return _STEP.validate_python(dict(row)) if row else None

    def of_job(self, job_id: JobId) -> Sequence[Step]:
        """The steps of a job, in the order in which they were made."""
        query = sa.select(steps).where(steps.c.job_id == job_id).order_by(steps.c.id)
        rows = self._connection.execute(query).mappings()
        return [_STEP.validate_python(dict(row)) for row in rows]

    def demand(self, now: datetime) -> int:
        """How many steps run, or could run now."""
        due = sa.or_(steps.c.not_before.is_(None), steps.c.not_before <= now)
        ready = sa.and_(steps.c.state == "ready", due)
        query = sa.select(sa.func.count()).where(sa.or_(ready, steps.c.state == "running"))
        return int(self._connection.execute(query.select_from(steps)).scalar_one())

    def _wake(self) -> None:
        self._connection.execute(sa.text("SELECT pg_notify('transcoding_steps', '')"))


class SqlPlaces:
    """The places of the fleet in PostgreSQL; who holds them is the only one that asks for workers."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, count: int) -> Sequence[Place]:
        """The first places, held until the transaction ends."""
        rows = [{"number": number} for number in range(count)]
        self._connection.execute(insert(places).values(rows).on_conflict_do_nothing())
        query = sa.select(places).where(places.c.number < count).order_by(places.c.number)
        held = self._connection.execute(query.with_for_update()).mappings()
        return [Place(**row) for row in held]

    def save(self, changed: Iterable[Place]) -> None:
        """Keep changed places."""
        for place in changed:
            mine = sa.update(places).where(places.c.number == place.number)
            self._connection.execute(mine.values(vars(place)))


class SqlTimeline:
    """The timeline in PostgreSQL, which numbers the events."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, event: Event) -> None:
        """Write down an event."""
        row = {name: value for name, value in vars(event).items() if name != "number"}
        self._connection.execute(sa.insert(timeline).values(row))

    def after(self, job_id: JobId, number: int, count: int) -> Sequence[Event]:
        """Events of a job with higher numbers, in order."""
        query = sa.select(timeline).where(timeline.c.job_id == job_id, timeline.c.number > number)
        rows = self._connection.execute(query.order_by(timeline.c.number).limit(count)).mappings()
        return [Event(**row) for row in rows]


def _job_row(job: Job) -> dict[str, Any]:
    row: dict[str, Any] = dict(vars(job))
    row["source"] = asdict(job.source)
    row["keys"] = [key.model_dump(mode="json") for key in job.keys]
    row["media"] = asdict(job.media) if job.media else None
    row["package"] = job.package.model_dump(mode="json") if job.package else None
    return row


def _step_row(step: Step) -> dict[str, Any]:
    return {**vars(step), "needs": list(step.needs), "priority": step.priority}


class SqlTranscodingWork(Work):
    """One transaction in transcoding's schema."""

    def __init__(self, connection: sa.Connection, schema: str) -> None:
        super().__init__(connection, schema)
        self.jobs = SqlJobs(connection)
        self.steps = SqlSteps(connection)
        self.places = SqlPlaces(connection)
        self.timeline = SqlTimeline(connection)


class Store:
    """Opens transactions in transcoding's schema."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def open(self) -> Iterator[SqlTranscodingWork]:
        """A transaction: committed at the end of the block."""
        with self._database.begin() as connection:
            yield SqlTranscodingWork(connection, self._database.schema)
