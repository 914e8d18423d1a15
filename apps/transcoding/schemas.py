"""The bodies of transcoding's answers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from apps.contracts.transcoding import Rendition
from apps.transcoding.domain.job import Job, JobState
from apps.transcoding.domain.step import Step, StepKind, StepState
from apps.transcoding.domain.timeline import Event


class JobBody(BaseModel):
    """A job as its studio sees it; keys never show."""

    id: UUID
    video_id: UUID
    asset_id: UUID
    asset_version: int
    state: JobState
    code: str | None
    reason: str | None
    created_at: datetime
    finished_at: datetime | None
    duration_seconds: float | None
    renditions: Sequence[Rendition]

    @classmethod
    def of(cls, job: Job) -> "JobBody":
        """The body of a job."""
        names = ("id", "video_id", "asset_id", "asset_version", "state", "code", "reason")
        return cls(
            **{name: getattr(job, name) for name in names},
            created_at=job.created_at,
            finished_at=job.finished_at,
            duration_seconds=job.media.duration_seconds if job.media else None,
            renditions=job.package.renditions if job.package else (),
        )


class StepBody(BaseModel):
    """A step, its present attempt, and what the last one cost."""

    name: str
    kind: StepKind
    state: StepState
    attempt: int
    worker: str | None
    started_at: datetime | None
    seconds: float | None
    cpu_seconds: float | None
    bytes: int | None
    code: str | None
    reason: str | None
    logs: str | None = Field(default=None, description="Where operators read its worker's logs")

    @classmethod
    def of(cls, step: Step, worker_logs: str | None) -> "StepBody":
        """The body of a step; `{worker}` in `worker_logs` stands for its worker's name."""
        body = cls.model_validate(step, from_attributes=True)
        if worker_logs is not None and step.worker is not None:
            body.logs = worker_logs.replace("{worker}", step.worker)
        return body


class EventBody(BaseModel):
    """Something that happened; ask for those `after` the last number."""

    number: int
    at: datetime
    step: str
    event: str
    attempt: int
    worker: str | None
    seconds: float | None
    cpu_seconds: float | None
    bytes: int | None
    code: str | None
    reason: str | None

    @classmethod
    def of(cls, event: Event) -> "EventBody":
        """The body of an event."""
        return cls.model_validate(event, from_attributes=True)


class JobDetail(BaseModel):
    """A job with its steps, and the events after a number."""

    job: JobBody
    steps: list[StepBody]
    events: list[EventBody]


class JobList(BaseModel):
    """The jobs of a video, newest first."""

    items: list[JobBody]
