"""A job: one master on its way to a package."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from apps.contracts.transcoding import Package, Rewrap, WrappedKey
from apps.kit.errors import ConflictError, NotFoundError
from apps.transcoding.domain.failure import Failure, FailureKind
from apps.transcoding.domain.media import Media

JobId = NewType("JobId", UUID)

# Facts of one video are numbered over all its jobs: a later master counts from higher up.
FACTS_PER_JOB = 1_000_000


class JobNotFoundError(NotFoundError):
    """No such job, or another studio's."""

    type = "job-not-found"


class JobEndedError(ConflictError):
    """The job has ended, or has not failed: this verb does not fit."""

    type = "job-state"


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    PLAYABLE = "playable"
    COMPLETED = "completed"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.PLAYABLE})


@dataclass(frozen=True)
class Source:
    """The master in the object store."""

    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Job:
    """One master on its way to a package, with the wrapped keys that protect it."""

    id: JobId
    video_id: UUID
    owner_id: UUID
    asset_id: UUID
    asset_version: int
    source: Source
    keys: Sequence[WrappedKey]
    state: JobState
    created_at: datetime
    revision: int = 0
    media: Media | None = None
    package: Package | None = None
    code: str | None = None
    reason: str | None = None
    finished_at: datetime | None = None

    @property
    def sequence(self) -> int:
        """The number of the job's next fact."""
        return self.asset_version * FACTS_PER_JOB + self.revision

    @property
    def live(self) -> bool:
        """Whether the job may still come to something."""
        return self.state in LIVE

    def begun(self) -> "Job":
        """The job, once a worker took its first step."""
        return replace(self, state=JobState.RUNNING) if self.state is JobState.QUEUED else self

    def probed(self, media: Media) -> "Job":
        """The job, knowing what its master is."""
        return replace(self, media=media)

    def playable(self, package: Package) -> "Job":
        """The job with a starter that can be watched."""
        if not self.live:
            raise JobEndedError(f"job {self.id} is {self.state}")
        return replace(self, state=JobState.PLAYABLE, package=package, revision=self.revision + 1)

    def completed(self, package: Package, now: datetime) -> "Job":
        """The job with its whole package."""
        if not self.live:
            raise JobEndedError(f"job {self.id} is {self.state}")
        return replace(
            self,
            state=JobState.COMPLETED,
            package=package,
            revision=self.revision + 1,
            finished_at=now,
        )

    def failed(self, failure: Failure, now: datetime) -> "Job":
        """The job, ended by a failure: rejected if it was the master's fault."""
        rejected = failure.kind is FailureKind.REJECTED
        return replace(
            self,
            state=JobState.REJECTED if rejected else JobState.FAILED,
            code=failure.code,
            reason=failure.reason,
            revision=self.revision + 1,
            finished_at=now,
        )

    def cancelled(self, now: datetime) -> "Job":
        """The job, called off."""
        if not self.live:
            raise JobEndedError(f"job {self.id} is {self.state}")
        return replace(
            self,
            state=JobState.CANCELLED,
            code="cancelled",
            reason="called off by its studio",
            revision=self.revision + 1,
            finished_at=now,
        )

    def rewrapped(self, rewrap: Rewrap) -> "Job":
        """The job with its keys under a newer wrapping key, in its package too."""
        keys = [key.rewrapped(self.asset_id, rewrap) for key in self.keys]
        package = self.package.rewrapped(rewrap) if self.package else None
        return replace(self, keys=keys, package=package)

    def retried(self) -> "Job":
        """The job, live again after it failed or was called off; a rejected master stays so."""
        if self.state not in (JobState.FAILED, JobState.CANCELLED):
            raise JobEndedError(f"job {self.id} is {self.state}; only failed ones are retried")
        return replace(self, state=JobState.RUNNING, code=None, reason=None, finished_at=None)
