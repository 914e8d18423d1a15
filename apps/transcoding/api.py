"""Transcoding over HTTP, for studios."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from apps.kit.app import problems
from apps.kit.errors import ForbiddenError, UnauthorizedError
from apps.kit.identity import Studio
from apps.transcoding.domain.job import JobEndedError, JobId, JobNotFoundError
from apps.transcoding.schemas import EventBody, JobBody, JobDetail, JobList, StepBody
from apps.transcoding.service.jobs import TranscodingJobs

router = APIRouter(tags=["transcoding"])
_JOB = problems(UnauthorizedError, ForbiddenError, JobNotFoundError)
_VERB = {**_JOB, **problems(JobEndedError)}


@dataclass(frozen=True)
class TranscodingUseCases:
    """What the routes lead to, and where the logs of a `{worker}` are to be read."""

    jobs: TranscodingJobs
    worker_logs: str | None = None


def _use_cases(request: Request) -> TranscodingUseCases:
    cases: TranscodingUseCases = request.app.state.use_cases
    return cases


UseCases = Annotated[TranscodingUseCases, Depends(_use_cases)]


@router.get("/transcoding/jobs", responses=problems(UnauthorizedError, ForbiddenError))
def list_jobs(video_id: UUID, caller: Studio, cases: UseCases) -> JobList:
    """The jobs of a video, newest first."""
    return JobList(items=[JobBody.of(job) for job in cases.jobs.of_video(caller.user_id, video_id)])


@router.get("/transcoding/jobs/{job_id}", responses=_JOB)
def get_job(
    job_id: UUID,
    caller: Studio,
    cases: UseCases,
    after: Annotated[int, Query(ge=0, le=2**62, description="Number of the last event seen")] = 0,
) -> JobDetail:
    """A job's live timeline: every step, and the events after a number."""
    view = cases.jobs.view(caller.user_id, JobId(job_id), after)
    return JobDetail(
        job=JobBody.of(view.job),
        steps=[StepBody.of(step, cases.worker_logs) for step in view.steps],
        events=[EventBody.of(event) for event in view.events],
    )


@router.post("/transcoding/jobs/{job_id}/retry", responses=_VERB)
def retry_job(job_id: UUID, caller: Studio, cases: UseCases) -> JobBody:
    """Try the dead steps of a failed job again; what is done stays done."""
    return JobBody.of(cases.jobs.retry(caller.user_id, JobId(job_id)))


@router.post("/transcoding/jobs/{job_id}/cancel", responses=_VERB)
def cancel_job(job_id: UUID, caller: Studio, cases: UseCases) -> JobBody:
    """Call a live job off."""
    return JobBody.of(cases.jobs.cancel(caller.user_id, JobId(job_id)))
