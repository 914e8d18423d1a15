"""Edge over HTTP: `/t/<token>/vod/...` and `/art/...`, with ranges, validators and CORS."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from apps.edge.domain import (
    FOREVER,
    NEVER,
    DeliveryTokenError,
    MediaNotFoundError,
    MediaObject,
    MediaPath,
    RangeError,
    span,
)
from apps.edge.service import Edge
from apps.kit.app import problems

router = APIRouter(tags=["edge"])
PICTURES = "public, max-age=300"


def _edge(request: Request) -> Edge:
    edge: Edge = request.app.state.use_cases
    return edge


UseCases = Annotated[Edge, Depends(_edge)]
_MEDIA = problems(DeliveryTokenError, MediaNotFoundError, RangeError)


@router.api_route(
    "/t/{token}/{path:path}", methods=["GET", "HEAD"], responses=_MEDIA, response_class=Response
)
async def media(token: str, path: str, request: Request, edge: UseCases) -> Response:
    """A manifest or segment that the token in the path opens."""
    checked = MediaPath(path)
    found = await edge.protected(token, checked)
    return _answer(request, found, FOREVER if checked.immutable else NEVER)


@router.api_route(
    "/art/{path:path}", methods=["GET", "HEAD"], responses=_MEDIA, response_class=Response
)
async def picture(path: str, request: Request, edge: UseCases) -> Response:
    """A poster or a sheet of thumbnails."""
    return _answer(request, await edge.open(MediaPath(f"art/{path}")), PICTURES)


def _answer(request: Request, found: MediaObject, keep: str) -> Response:
    headers = {"ETag": found.etag, "Cache-Control": keep, "Accept-Ranges": "bytes"}
    if found.etag and request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    size = len(found.data)
    asked = span(request.headers.get("range"), size)
    if asked is None:
        return Response(found.data, media_type=found.content_type, headers=headers)
    headers["Content-Range"] = f"bytes {asked.first}-{asked.last}/{size}"
    part = found.data[asked.first : asked.last + 1]
    return Response(part, 206, media_type=found.content_type, headers=headers)
