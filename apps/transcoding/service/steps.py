"""Steps: claimed under a lease, renewed, finished or failed; each in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.contracts.transcoding import Package, TranscodingCompleted, TranscodingPlayable
from apps.kit.clock import Clock, NewId
from apps.transcoding.domain.failure import Failure, FailureKind
from apps.transcoding.domain.graph import Index, StepMaker
from apps.transcoding.domain.job import Job, JobState
from apps.transcoding.domain.media import AudioTrack, Media, SubtitleTrack
from apps.transcoding.domain.step import LEASE, OPTIONAL, Step, StepKind, StepResult, StepState
from apps.transcoding.domain.timeline import Event
from apps.transcoding.ports import OpenWork, TranscodingWork
from apps.transcoding.service.jobs import cancel_steps, failed_fact

_LOST = Failure(FailureKind.LOST, "worker_lost", "the worker stopped to renew its lease")

# How often a claim looks again when other workers were faster.
CONTENDERS = 8


@dataclass(frozen=True)
class Claim:
    """A step in a worker's hands, its job, and what the steps before it gave."""

    job: Job
    step: Step
    inputs: Mapping[str, Mapping[str, object]]


class TranscodingSteps:
    """What workers see of transcoding."""

    def __init__(self, open_work: OpenWork, *, clock: Clock, new_id: NewId) -> None:
        self._open_work = open_work
        self._clock = clock
        self._new_id = new_id

    def claim(self, worker: str) -> Claim | None:
        """The most urgent step, under a lease; None when there is nothing to do."""
        for _ in range(CONTENDERS):
            with self._open_work() as work:
                candidate = work.steps.next(self._clock())
                if candidate is None:
                    return None
                claim = self._claim(work, candidate, worker)
                if claim is not None:
                    return claim
        return None

    def _claim(self, work: TranscodingWork, candidate: Step, worker: str) -> Claim | None:
        """The candidate, unless another worker was faster or its job has ended."""
        now = self._clock()
        # The job first, always: every transaction takes its locks in this order.
        job = work.jobs.lock(candidate.job_id)
        step = work.steps.lock(candidate.id)
        if step is None or not step.claimable(now):
            return None
        if not job.live and step.kind not in OPTIONAL:
            work.steps.save(replace(step, state=StepState.CANCELLED))
            return None
        if step.expired(now):
            self._note(work, step, "lost", _LOST)
            if not _LOST.may_retry(step.attempt):
                self._bury(work, job, step, _LOST)
                return None
        step = step.claimed(worker, now)
        work.steps.save(step)
        if job.state is JobState.QUEUED:
            work.jobs.save(job.begun())
        self._note(work, step, "started")
        done = work.steps.of_job(job.id)
        return Claim(job, step, {each.name: each.output or {} for each in done})

    def renew(self, step: Step) -> bool:
        """Hold a step for longer; False when it is no longer this worker's to do."""
        with self._open_work() as work:
            held = self._held(work, step)
            if held is not None:
                work.steps.save(replace(held, lease_until=self._clock() + LEASE))
        return held is not None

    def announce_playable(self, step: Step, package: Package) -> bool:
        """The starter can be watched; False when the step is no longer this worker's."""
        with self._open_work() as work:
            job = work.jobs.lock(step.job_id)
            if self._held(work, step) is None or not job.live:
                return False
            job = job.playable(package)
            work.jobs.save(job)
            work.announce(
                TranscodingPlayable(
                    sequence=job.sequence, video_id=job.video_id, job_id=job.id, package=package
                )
            )
            work.timeline.add(Event(job.id, self._clock(), "job", "playable"))
        return True

    def finish(self, step: Step, result: StepResult) -> bool:
        """A step is done: ready what waited for it; False when it was no longer this worker's."""
        now = self._clock()
        with self._open_work() as work:
            job = work.jobs.lock(step.job_id)
            held = self._held(work, step)
            if held is None:
                return False
            done = replace(
                held, state=StepState.DONE, finished_at=now, **vars(result), code=None, reason=None
            )
            work.steps.save(done)
            self._note(work, done, "done")
            self._follow(work, job, done)
        return True

    def fail(self, step: Step, failure: Failure) -> None:
        """An attempt failed: wait and try again, or end the step, and its job with it."""
        now = self._clock()
        with self._open_work() as work:
            job = work.jobs.lock(step.job_id)
            held = self._held(work, step)
            if held is None:
                return
            failed = replace(held, finished_at=now, code=failure.code, reason=failure.reason)
            self._note(work, failed, "failed", failure)
            if failure.may_retry(held.attempt):
                pause = now + failure.pause(held.attempt)
                work.steps.save(replace(failed, state=StepState.READY, not_before=pause))
            else:
                self._bury(work, job, failed, failure)

    def _bury(self, work: TranscodingWork, job: Job, step: Step, failure: Failure) -> None:
        """The last attempt failed: the step is dead, and its job with it unless it can do without."""
        dead = replace(step, state=StepState.DEAD, code=failure.code, reason=failure.reason)
        work.steps.save(dead)
        self._note(work, dead, "dead", failure)
        if step.kind in OPTIONAL and failure.kind is not FailureKind.REJECTED:
            return
        if not job.live:
            return
        job = job.failed(failure, self._clock())
        work.jobs.save(job)
        cancel_steps(work, job)
        work.timeline.add(Event(job.id, self._clock(), "job", job.state))
        work.announce(failed_fact(job, job.state))

    def _follow(self, work: TranscodingWork, job: Job, done: Step) -> None:
        """What the end of a step leads to."""
        maker = StepMaker(job.id, self._new_id)
        output: dict[str, Any] = dict(done.output or {})
        if done.kind is StepKind.PROBE:
            media = _media(output)
            work.jobs.save(job.probed(media))
            work.steps.add(maker.after_probe())
        elif done.kind is StepKind.INDEX and job.media is not None:
            work.steps.add(maker.after_index(job.media, Index(**output)))
        self._ready(work, job)

    def _ready(self, work: TranscodingWork, job: Job) -> None:
        steps = work.steps.of_job(job.id)
        done = {step.name: step for step in steps if step.state is StepState.DONE}
        for step in steps:
            if step.state is StepState.WAITING and done.keys() >= set(step.needs):
                work.steps.save(replace(step, state=StepState.READY))
        package, thumbnails = done.get("package"), done.get("thumbnails")
        if package and thumbnails and job.live:
            self._complete(work, job, package, thumbnails)

    def _complete(self, work: TranscodingWork, job: Job, package: Step, thumbnails: Step) -> None:
        pictures = thumbnails.output or {}
        shown = {name: pictures[name] for name in ("thumbnails", "poster")}
        whole = Package.model_validate({**(package.output or {}), **shown})
        job = job.completed(whole, self._clock())
        assert job.package is not None
        work.jobs.save(job)
        work.timeline.add(Event(job.id, self._clock(), "job", "completed"))
        work.announce(
            TranscodingCompleted(
                sequence=job.sequence, video_id=job.video_id, job_id=job.id, package=job.package
            )
        )

    def _held(self, work: TranscodingWork, step: Step) -> Step | None:
        current = work.steps.lock(step.id)
        if current is None or not current.held_by(step.worker or "", step.attempt):
            return None
        return current

    def _note(
        self, work: TranscodingWork, step: Step, event: str, failure: Failure | None = None
    ) -> None:
        work.timeline.add(
            Event(
                job_id=step.job_id,
                at=self._clock(),
                step=step.name,
                event=event,
                attempt=step.attempt,
                worker=step.worker,
                seconds=step.seconds,
                cpu_seconds=step.cpu_seconds,
                bytes=step.bytes,
                code=failure.code if failure else None,
                reason=failure.reason if failure else None,
            )
        )


def _media(output: dict[str, Any]) -> Media:
    audio = tuple(AudioTrack(**track) for track in output.pop("audio", ()))
    subtitles = tuple(SubtitleTrack(**track) for track in output.pop("subtitles", ()))
    return Media(**output, audio=audio, subtitles=subtitles)
