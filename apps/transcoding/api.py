"""Transcoding over HTTP, for studios."""

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


def _jobs(request: Request) -> TranscodingJobs:
    jobs: TranscodingJobs = request.app.state.use_cases
    return jobs


UseCases = Annotated[TranscodingJobs, Depends(_jobs)]


@router.get("/transcoding/jobs", responses=problems(UnauthorizedError, ForbiddenError))
def list_jobs(video_id: UUID, caller: Studio, jobs: UseCases) -> JobList:
    """The jobs of a video, newest first."""
    return JobList(items=[JobBody.of(job) for job in jobs.of_video(caller.user_id, video_id)])


@router.get("/transcoding/jobs/{job_id}", responses=_JOB)
def get_job(
    job_id: UUID,
    caller: Studio,
    jobs: UseCases,
    after: Annotated[int, Query(ge=0, le=2**62, description="Number of the last event seen")] = 0,
) -> JobDetail:
    """A job's live timeline: every step, and the events after a number."""
    view = jobs.view(caller.user_id, JobId(job_id), after)
    return JobDetail(
        job=JobBody.of(view.job),
        steps=[StepBody.of(step) for step in view.steps],
        events=[EventBody.of(event) for event in view.events],
    )


@router.post("/transcoding/jobs/{job_id}/retry", responses=_VERB)
def retry_job(job_id: UUID, caller: Studio, jobs: UseCases) -> JobBody:
    """Try the dead steps of a failed job again; what is done stays done."""
    return JobBody.of(jobs.retry(caller.user_id, JobId(job_id)))


@router.post("/transcoding/jobs/{job_id}/cancel", responses=_VERB)
def cancel_job(job_id: UUID, caller: Studio, jobs: UseCases) -> JobBody:
    """Call a live job off."""
    return JobBody.of(jobs.cancel(caller.user_id, JobId(job_id)))
