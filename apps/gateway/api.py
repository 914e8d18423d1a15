"""The door over HTTP: pages that it composes, and everything else passed on."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from apps.gateway.schemas import TitlePage
from apps.gateway.service import Asked, Gateway
from apps.kit.app import problems
from apps.kit.errors import NotFoundError, UnauthorizedError, UnavailableError

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
pages = APIRouter(tags=["pages"])
door = APIRouter(include_in_schema=False)


def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.use_cases
    return gateway


UseCases = Annotated[Gateway, Depends(_gateway)]


@pages.get(
    "/pages/titles/{title_id}",
    responses=problems(UnauthorizedError, NotFoundError, UnavailableError),
)
async def title_page(
    title_id: UUID,
    gateway: UseCases,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> TitlePage:
    """A title and its neighbours in one answer; parts that are late are left out and named."""
    page: dict[str, Any] = await gateway.title_page(title_id, authorization)
    return TitlePage(**page)


def client_address(request: Request, proxies: int) -> str:
    """The address of a client behind so many proxies of our own; whatever it claims itself is left of it."""
    forwarded = request.headers.get("x-forwarded-for", "").split(",")
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies].strip()
    return request.client.host if request.client else ""


@door.api_route("/{path:path}", methods=METHODS)
async def forward(request: Request, gateway: UseCases) -> Response:
    """Pass a request on to its owner."""
    query = request.url.query
    own = request.url.path
    asked = Asked(
        method=request.method,
        path=own,
        target=f"{own}?{query}" if query else own,
        headers=request.headers,
        body=await request.body(),
        address=client_address(request, gateway.proxies),
    )
    answer = await gateway.forward(asked)
    return Response(answer.body, answer.status, headers=dict(answer.headers))
