"""What transcoding needs from outside."""

from collections.abc import Callable, Iterable, Sequence, Set
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from apps.contracts.fact import Fact
from apps.transcoding.domain.fleet import Place
from apps.transcoding.domain.job import Job, JobId
from apps.transcoding.domain.step import Step, StepId
from apps.transcoding.domain.timeline import Event


class Jobs(Protocol):
    """All jobs."""

    def add(self, job: Job) -> bool:
        """Keep a new job; False if its asset has one."""
        ...

    def save(self, job: Job) -> None:
        """Keep a changed job."""
        ...

    def lock(self, job_id: JobId) -> Job:
        """The job, held until the transaction ends; JobNotFoundError if there is none."""
        ...

    def get(self, job_id: JobId) -> Job:
        """The job; JobNotFoundError if there is none."""
        ...

    def of_video(self, video_id: UUID, owner_id: UUID) -> Sequence[Job]:
        """A studio's jobs of a video, newest first."""
        ...

    def of_assets(self, asset_ids: Iterable[UUID]) -> Sequence[Job]:
        """The jobs of some assets."""
        ...

    def ended_before(self, moment: datetime, count: int) -> Sequence[Job]:
        """Jobs that ended within the week before a moment, oldest first."""
        ...

    def lock_after(self, job_id: JobId | None, count: int) -> Sequence[Job]:
        """Jobs with greater ids, in their order, held until the transaction ends."""
        ...

    def remove(self, job_id: JobId) -> None:
        """Forget a job, its steps, its timeline and its keys."""
        ...

    def bury(self, video_id: UUID) -> None:
        """Remember that a video was deleted, so that a late upload of it makes no job."""
        ...

    def buried(self, video_id: UUID) -> bool:
        """Whether a video was deleted."""
        ...


class Steps(Protocol):
    """All steps."""

    def add(self, steps: Iterable[Step]) -> None:
        """Keep new steps and wake the workers; those whose names the job has are left alone."""
        ...

    def save(self, step: Step) -> None:
        """Keep a changed step."""
        ...

    def lock(self, step_id: StepId) -> Step | None:
        """The step, held until the transaction ends; None if its job is gone."""
        ...

    def next(self, now: datetime) -> Step | None:
        """The most urgent step that is ready or whose lease ran out, skipping held ones."""
        ...

    def of_job(self, job_id: JobId) -> Sequence[Step]:
        """The steps of a job, in order."""
        ...

    def demand(self, now: datetime) -> int:
        """How many steps run, or could run now."""
        ...


class Places(Protocol):
    """The places of the fleet."""

    def lock(self, count: int) -> Sequence[Place]:
        """The first `count` places, held until the transaction ends; made when they are missing."""
        ...

    def save(self, places: Iterable[Place]) -> None:
        """Keep changed places."""
        ...


class Timeline(Protocol):
    """What happened."""

    def add(self, event: Event) -> None:
        """Write down an event."""
        ...

    def after(self, job_id: JobId, number: int, count: int) -> Sequence[Event]:
        """Events of a job with higher numbers, in order."""
        ...


class TranscodingWork(Protocol):
    """One transaction."""

    @property
    def jobs(self) -> Jobs:
        """All jobs."""
        ...

    @property
    def steps(self) -> Steps:
        """All steps."""
        ...

    @property
    def places(self) -> Places:
        """The places of the fleet."""
        ...

    @property
    def timeline(self) -> Timeline:
        """What happened."""
        ...

    def announce(self, fact: Fact) -> None:
        """Let a fact leave with this transaction."""
        ...


OpenWork = Callable[[], AbstractContextManager[TranscodingWork]]


class AssetStore(Protocol):
    """Where everything that was made of an asset lies."""

    def remove_asset(self, asset_id: UUID) -> None:
        """Remove every object of an asset; harmless when they are gone."""
        ...

    def remove_work(self, asset_id: UUID) -> None:
        """Remove what was only needed on the way to the package."""
        ...

    def packages(self, asset_id: UUID) -> Iterable[str]:
        """The prefixes of all packages of an asset."""
        ...

    def remove_package(self, prefix: str) -> None:
        """Remove one package."""
        ...


class Runner(Protocol):
    """Sees to it that workers run."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End, and every worker with it."""
        ...


class Dispatcher(Protocol):
    """A scheduler that runs workers; UnavailableError when it does not answer."""

    def alive(self) -> Set[str]:
        """The workers that were asked for and have not ended."""
        ...

    def dispatch(self, token: UUID) -> str:
        """Ask for a worker, by its name there; the same token gives the same one."""
        ...
