"""Jobs: begun by an upload, watched, retried, called off, and gone with their video."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from apps.contracts.transcoding import TranscodingFailed, WrappedKey
from apps.contracts.videos import VideoDeleted, VideoUploaded
from apps.kit.clock import Clock, NewId
from apps.kit.wrapping import KeyWrap
from apps.transcoding.domain.graph import StepMaker
from apps.transcoding.domain.job import Job, JobId, JobNotFoundError, JobState, Source
from apps.transcoding.domain.step import Step, StepState
from apps.transcoding.domain.timeline import Event
from apps.transcoding.ports import AssetStore, OpenWork, TranscodingWork

LABELS = ("AUDIO", "SD", "HD")
EVENTS = 500
SWEEP = 500
REWRAP = 50
SESSION_MOST = timedelta(days=1)


@dataclass(frozen=True)
class JobView:
    """A job, its steps, and what happened lately."""

    job: Job
    steps: Sequence[Step]
    events: Sequence[Event]


class TranscodingJobs:
    """What studios and other services see of transcoding."""

    def __init__(
        self, open_work: OpenWork, assets: AssetStore, wrap: KeyWrap, *, clock: Clock, new_id: NewId
    ) -> None:
        self._open_work = open_work
        self._assets = assets
        self._wrap = wrap
        self._clock = clock
        self._new_id = new_id

    def begin(self, fact: VideoUploaded) -> None:
        """A master arrived: queue its job, once, with keys of its own."""
        job = Job(
            id=JobId(self._new_id()),
            video_id=fact.video_id,
            owner_id=fact.owner_id,
            asset_id=fact.asset_id,
            asset_version=fact.asset_version,
            source=Source(fact.source_key, fact.size_bytes, fact.sha256),
            keys=self._keys(fact.asset_id),
            state=JobState.QUEUED,
            created_at=self._clock(),
        )
        with self._open_work() as work:
            if work.jobs.buried(fact.video_id) or not work.jobs.add(job):
                return
            work.steps.add([StepMaker(job.id, self._new_id).first()])
            work.timeline.add(Event(job.id, self._clock(), "job", "queued"))

    def forget(self, fact: VideoDeleted) -> None:
        """A video went: its jobs, keys and every object of its assets go too."""
        with self._open_work() as work:
            work.jobs.bury(fact.video_id)
            for job in work.jobs.of_assets(fact.asset_ids):
                work.jobs.remove(job.id)
        # After the commit: workers notice that their step is gone and stop writing.
        for asset_id in fact.asset_ids:
            self._assets.remove_asset(asset_id)

    def of_video(self, owner: UUID, video_id: UUID) -> Sequence[Job]:
        """The jobs of a studio's video, newest first."""
        with self._open_work() as work:
            return work.jobs.of_video(video_id, owner)

    def view(self, owner: UUID, job_id: JobId, after: int) -> JobView:
        """A job with its steps and the events after a number."""
        with self._open_work() as work:
            job = _own(work.jobs.get(job_id), owner)
            events = work.timeline.after(job_id, after, EVENTS)
            return JobView(job, work.steps.of_job(job_id), events)

    def retry(self, owner: UUID, job_id: JobId) -> Job:
        """Try the dead steps of a failed job again; what is done stays done."""
        with self._open_work() as work:
            job = _own(work.jobs.lock(job_id), owner).retried()
            work.jobs.save(job)
            steps = work.steps.of_job(job_id)
            done = {step.name for step in steps if step.state is StepState.DONE}
            for step in steps:
                if step.state in (StepState.DEAD, StepState.CANCELLED):
                    ready = done.issuperset(step.needs)
                    state = StepState.READY if ready else StepState.WAITING
                    work.steps.save(replace(step, state=state, attempt=0, not_before=None))
            work.timeline.add(Event(job_id, self._clock(), "job", "retried"))
        return job

    def cancel(self, owner: UUID, job_id: JobId) -> Job:
        """Call a live job off; its workers stop at their next heartbeat."""
        now = self._clock()
        with self._open_work() as work:
            job = _own(work.jobs.lock(job_id), owner).cancelled(now)
            work.jobs.save(job)
            cancel_steps(work, job)
            work.timeline.add(Event(job_id, now, "job", "cancelled"))
            work.announce(failed_fact(job, "cancelled"))
        return job

    def sweep(self) -> int:
        """Remove packages that no commit named, and what was only needed on the way; how many.

        A package that was replaced stays for a day: sessions keep the version they started with.
        """
        removed = 0
        with self._open_work() as work:
            jobs = work.jobs.ended_before(self._clock() - SESSION_MOST, SWEEP)
        for job in jobs:
            winner = job.package.prefix if job.package else None
            for prefix in self._assets.packages(job.asset_id):
                if prefix != winner:
                    self._assets.remove_package(prefix)
                    removed += 1
            self._assets.remove_work(job.asset_id)
        return removed

    def rewrap(self) -> int:
        """Put the keys of every job under the newest wrapping key; how many jobs changed."""
        changed, after = 0, None
        while True:
            with self._open_work() as work:
                jobs = work.jobs.lock_after(after, REWRAP)
                for job in jobs:
                    rewrapped = job.rewrapped(self._wrap.rewrap)
                    if rewrapped != job:
                        work.jobs.save(rewrapped)
                        changed += 1
            if not jobs:
                return changed
            after = jobs[-1].id

    def _keys(self, asset_id: UUID) -> Sequence[WrappedKey]:
        made = []
        for label in LABELS:
            key_id = self._new_id()
            wrapped = self._wrap.wrap(os.urandom(16), WrappedKey.context(asset_id, key_id))
            made.append(
                WrappedKey.model_validate({"key_id": key_id, "label": label, "wrapped": wrapped})
            )
        return made


def cancel_steps(work: TranscodingWork, job: Job) -> None:
    """Take every step that has not ended out of the queue."""
    for step in work.steps.of_job(job.id):
        if step.state in (StepState.WAITING, StepState.READY, StepState.RUNNING):
            work.steps.save(replace(step, state=StepState.CANCELLED))


def failed_fact(job: Job, outcome: str) -> TranscodingFailed:
    """The fact that a job came to nothing."""
    return TranscodingFailed.model_validate(
        {
            "sequence": job.sequence,
            "video_id": job.video_id,
            "job_id": job.id,
            "asset_id": job.asset_id,
            "asset_version": job.asset_version,
            "outcome": outcome,
            "code": job.code or outcome,
            "reason": job.reason or outcome,
        }
    )


def _own(job: Job, owner: UUID) -> Job:
    if job.owner_id != owner:
        raise JobNotFoundError(f"no job {job.id}")
    return job
