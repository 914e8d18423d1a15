"""Videos over HTTP, for studios."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from apps.kit.app import problems
from apps.kit.errors import ForbiddenError, UnauthorizedError
from apps.kit.identity import Studio
from apps.kit.pages import Cursor, Limit, PageBody
from apps.kit.work import idempotency
from apps.videos.domain import (
    OwnerId,
    UploadClosedError,
    UploadId,
    UploadIncompleteError,
    UploadNotFoundError,
    VideoId,
    VideoNotFoundError,
)
from apps.videos.schemas import (
    NewUpload,
    NewVideo,
    PartNumbers,
    PartUrlBody,
    PartUrls,
    UploadBody,
    VideoAsked,
    VideoBody,
)
from apps.videos.service.library import VideoLibrary
from apps.videos.service.uploading import Uploading

router = APIRouter(tags=["videos"])
_REFUSED = (UnauthorizedError, ForbiddenError)
_VIDEO = problems(*_REFUSED, VideoNotFoundError)
_UPLOAD = problems(*_REFUSED, UploadNotFoundError, UploadClosedError)


@dataclass(frozen=True)
class VideoUseCases:
    """What the routes lead to."""

    library: VideoLibrary
    uploading: Uploading


def _use_cases(request: Request) -> VideoUseCases:
    cases: VideoUseCases = request.app.state.use_cases
    return cases


UseCases = Annotated[VideoUseCases, Depends(_use_cases)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


@router.post("/videos", status_code=201, responses=problems(*_REFUSED))
def create_video(
    asked: NewVideo, caller: Studio, cases: UseCases, response: Response, key: Key = None
) -> VideoBody:
    """Open a video."""
    owner = OwnerId(caller.user_id)
    once = idempotency(owner, key, "create_video", asked.model_dump_json())
    video = cases.library.create(owner, asked.said(), publish=asked.publish, key=once)
    response.headers["Location"] = f"/videos/{video.id}"
    return VideoBody.of(video)


@router.get("/videos", responses=problems(*_REFUSED))
def list_videos(
    caller: Studio, cases: UseCases, limit: Limit = 20, cursor: Cursor = None
) -> PageBody[VideoBody]:
    """The studio's videos, newest first."""
    page = cases.library.list(OwnerId(caller.user_id), cursor, limit)
    return PageBody(items=[VideoBody.of(video) for video in page.items], next=page.next)


@router.get("/videos/{video_id}", responses=_VIDEO)
def get_video(video_id: UUID, caller: Studio, cases: UseCases) -> VideoBody:
    """One video and how far it is."""
    return VideoBody.of(cases.library.get(OwnerId(caller.user_id), VideoId(video_id)))


@router.put("/videos/{video_id}", responses=_VIDEO)
def describe_video(video_id: UUID, asked: VideoAsked, caller: Studio, cases: UseCases) -> VideoBody:
    """Say something else about a video."""
    owner = OwnerId(caller.user_id)
    return VideoBody.of(cases.library.describe(owner, VideoId(video_id), asked.said()))


@router.delete("/videos/{video_id}", status_code=204, responses=_VIDEO)
def delete_video(video_id: UUID, caller: Studio, cases: UseCases) -> Response:
    """Withdraw the title, its media and its keys, everywhere."""
    cases.library.delete(OwnerId(caller.user_id), VideoId(video_id))
    return Response(status_code=204)


@router.post("/videos/{video_id}/publish", responses=_VIDEO)
def publish_video(video_id: UUID, caller: Studio, cases: UseCases) -> VideoBody:
    """Let viewers see the video as soon as it can play."""
    return VideoBody.of(cases.library.publish(OwnerId(caller.user_id), VideoId(video_id)))


@router.post("/videos/{video_id}/unpublish", responses=_VIDEO)
def unpublish_video(video_id: UUID, caller: Studio, cases: UseCases) -> VideoBody:
    """Take the video back from viewers."""
    return VideoBody.of(cases.library.unpublish(OwnerId(caller.user_id), VideoId(video_id)))


@router.post("/videos/{video_id}/uploads", status_code=201, responses=_VIDEO)
def begin_upload(
    video_id: UUID,
    asked: NewUpload,
    caller: Studio,
    cases: UseCases,
    response: Response,
    key: Key = None,
) -> UploadBody:
    """Open an upload of a master, to go straight to the object store in parts."""
    owner = OwnerId(caller.user_id)
    once = idempotency(owner, key, "begin_upload", video_id, asked.model_dump_json())
    upload = cases.uploading.begin(owner, VideoId(video_id), asked.plan(), once)
    response.headers["Location"] = f"/uploads/{upload.id}"
    return UploadBody.of(upload)


@router.get("/uploads/{upload_id}", responses=_UPLOAD)
def get_upload(upload_id: UUID, caller: Studio, cases: UseCases) -> UploadBody:
    """An upload and the parts that are already there: where to resume."""
    owner = OwnerId(caller.user_id)
    return UploadBody.with_parts(cases.uploading.progress(owner, UploadId(upload_id)))


@router.post("/uploads/{upload_id}/parts", responses=_UPLOAD)
def part_urls(upload_id: UUID, asked: PartNumbers, caller: Studio, cases: UseCases) -> PartUrls:
    """Where to PUT some parts, good for six hours."""
    owner = OwnerId(caller.user_id)
    urls = cases.uploading.part_urls(owner, UploadId(upload_id), asked.numbers)
    return PartUrls(parts=[PartUrlBody.of(url) for url in urls])


@router.post(
    "/uploads/{upload_id}/complete", responses={**_UPLOAD, **problems(UploadIncompleteError)}
)
def complete_upload(upload_id: UUID, caller: Studio, cases: UseCases) -> UploadBody:
    """All parts are sent: compare them with the plan and hand the master on."""
    owner = OwnerId(caller.user_id)
    return UploadBody.of(cases.uploading.complete(owner, UploadId(upload_id)))


@router.delete("/uploads/{upload_id}", status_code=204, responses=_UPLOAD)
def abort_upload(upload_id: UUID, caller: Studio, cases: UseCases) -> Response:
    """Throw an open upload away."""
    cases.uploading.abort(OwnerId(caller.user_id), UploadId(upload_id))
    return Response(status_code=204)
