"""A step: one piece of a job that one worker does, and its name by content."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from apps.transcoding.domain.job import Job, JobId

StepId = NewType("StepId", UUID)

LEASE = timedelta(seconds=15)
# Raise it when a program or its arguments change what comes out.
RECIPE = 1


class StepKind(StrEnum):
    """What a step does."""

    PROBE = "probe"
    STARTER = "starter"
    INDEX = "index"
    CHUNK = "chunk"
    AUDIO = "audio"
    SUBTITLES = "subtitles"
    THUMBNAILS = "thumbnails"
    PACKAGE = "package"


# Lower goes first, over all jobs: a new film becomes playable before an old one completes.
PRIORITY = {
    StepKind.PROBE: 0,
    StepKind.STARTER: 1,
    StepKind.INDEX: 2,
    StepKind.PACKAGE: 3,
    StepKind.AUDIO: 4,
    StepKind.SUBTITLES: 4,
    StepKind.CHUNK: 5,
    StepKind.THUMBNAILS: 6,
}
# A job comes to its package without these.
OPTIONAL = frozenset({StepKind.STARTER})


class StepState(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Step:
    """One piece of a job; times in seconds, `needs` are names of steps of the same job."""

    id: StepId
    job_id: JobId
    name: str
    kind: StepKind
    state: StepState
    needs: Sequence[str] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    attempt: int = 0
    worker: str | None = None
    lease_until: datetime | None = None
    not_before: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cpu_seconds: float | None = None
    bytes: int | None = None
    output: Mapping[str, object] | None = None
    code: str | None = None
    reason: str | None = None

    @property
    def priority(self) -> int:
        """How urgent it is; lower goes first."""
        return PRIORITY[self.kind]

    @property
    def seconds(self) -> float | None:
        """How long the present or last attempt took."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    def claimable(self, now: datetime) -> bool:
        """Whether a worker may take it: it is due, or its worker was lost."""
        due = self.not_before is None or self.not_before <= now
        return (self.state is StepState.READY and due) or self.expired(now)

    def claimed(self, worker: str, now: datetime) -> "Step":
        """The step in a worker's hands, for as long as the lease is renewed."""
        return replace(
            self,
            state=StepState.RUNNING,
            attempt=self.attempt + 1,
            worker=worker,
            lease_until=now + LEASE,
            started_at=now,
            finished_at=None,
        )

    def held_by(self, worker: str, attempt: int) -> bool:
        """Whether this attempt of this worker still counts."""
        own = self.worker == worker and self.attempt == attempt
        return own and self.state is StepState.RUNNING

    def expired(self, now: datetime) -> bool:
        """Whether its worker stopped to renew the lease."""
        late = self.lease_until is not None and self.lease_until < now
        return self.state is StepState.RUNNING and late


@dataclass(frozen=True)
class StepResult:
    """What an attempt made: an answer for the steps after it, and what it cost."""

    output: Mapping[str, object]
    cpu_seconds: float
    bytes: int


def output_prefix(job: Job, step: Step) -> str:
    """Where a step's objects lie: named by source, asset and recipe, so that one made is done."""
    recipe = {"version": RECIPE, "kind": step.kind, "parameters": step.parameters}
    named = json.dumps([job.source.sha256, str(job.asset_id), recipe], sort_keys=True, default=str)
    digest = hashlib.sha256(named.encode()).hexdigest()[:32]
    return f"{job.asset_id}/{step.name.replace('/', '-')}-{digest}"
