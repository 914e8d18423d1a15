"""The timeline of a job: everything that happened to its steps, in order."""

from dataclasses import dataclass
from datetime import datetime

from apps.transcoding.domain.job import JobId


@dataclass(frozen=True)
class Event:
    """Something that happened to a job or to one of its steps; `number` is given by the store."""

    job_id: JobId
    at: datetime
    step: str
    event: str
    attempt: int = 0
    worker: str | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    bytes: int | None = None
    code: str | None = None
    reason: str | None = None
    number: int = 0
