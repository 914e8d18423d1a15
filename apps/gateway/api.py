"""The door over HTTP: pages that it composes, and everything else passed on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from apps.gateway.domain import QuotaExceededError, Route
from apps.gateway.routes import ACCOUNT_PAGE, HOME_PAGE, TITLE_PAGE
from apps.gateway.schemas import AccountPage, HomePage, TitlePage
from apps.gateway.service.door import Asked, Door
from apps.gateway.service.pages import Pages
from apps.kit.app import problems
from apps.kit.errors import NotFoundError, UnauthorizedError, UnavailableError
from apps.kit.identity import Caller

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
pages = APIRouter(tags=["pages"])
door = APIRouter(include_in_schema=False)


def client_address(request: Request, proxies: int) -> str:
    """The address of a client behind so many proxies of our own; whatever it claims itself is left of it."""
    forwarded = request.headers.get("x-forwarded-for", "").split(",")
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies].strip()
    return request.client.host if request.client else ""


@dataclass(frozen=True)
class GatewayUseCases:
    """What the routes lead to, and how many proxies of our own stand before us."""

    door: Door
    pages: Pages
    proxies: int

    async def enter(
        self, route: Route, request: Request
    ) -> tuple[Caller | None, Mapping[str, str]]:
        """Who asks for a page of the door's own, and headers to answer with."""
        return await self.door.enter(route, request.headers, client_address(request, self.proxies))

    async def enter_signed_in(
        self, route: Route, request: Request
    ) -> tuple[Caller, Mapping[str, str]]:
        """The same where somebody must be signed in."""
        caller, headers = await self.enter(route, request)
        assert caller is not None  # the route's audience says so
        return caller, headers


def _use_cases(request: Request) -> GatewayUseCases:
    use_cases: GatewayUseCases = request.app.state.use_cases
    return use_cases


UseCases = Annotated[GatewayUseCases, Depends(_use_cases)]
_AWAY = (UnauthorizedError, UnavailableError, QuotaExceededError)


def tagged(request: Request, body: bytes, status: int, headers: Mapping[str, str]) -> Response:
    """An answer with an entity tag of its content, and none at all for who has that already."""
    if request.method != "GET" or status != 200 or "etag" in headers:
        return Response(body, status, headers=dict(headers))
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    own = {"cache-control": "private, no-cache", "vary": "authorization, cookie", **headers}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={**_without_body(own), "etag": tag})
    return Response(body, status, headers={**own, "etag": tag})


def _without_body(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "content-type"}


def _page(request: Request, page: BaseModel, headers: Mapping[str, str]) -> Response:
    said = {"content-type": "application/json", **headers}
    return tagged(request, page.model_dump_json().encode(), 200, said)


@pages.get(TITLE_PAGE.path, response_model=TitlePage, responses=problems(*_AWAY, NotFoundError))
async def get_title_page(title_id: UUID, request: Request, cases: UseCases) -> Response:
    """A title with its neighbours and reviews in one answer; parts that are late are named."""
    caller, headers = await cases.enter(TITLE_PAGE, request)
    return _page(request, TitlePage(**await cases.pages.title(title_id, caller)), headers)


@pages.get(HOME_PAGE.path, response_model=HomePage, responses=problems(*_AWAY))
async def get_home_page(request: Request, cases: UseCases) -> Response:
    """The rows of a profile's first screen in one answer; parts that are late are named."""
    caller, headers = await cases.enter_signed_in(HOME_PAGE, request)
    return _page(request, HomePage(**await cases.pages.home(caller)), headers)


@pages.get(ACCOUNT_PAGE.path, response_model=AccountPage, responses=problems(*_AWAY))
async def get_account_page(request: Request, cases: UseCases) -> Response:
    """An account, its sessions and its household in one answer; parts that are late are named."""
    caller, headers = await cases.enter_signed_in(ACCOUNT_PAGE, request)
    return _page(request, AccountPage(**await cases.pages.account(caller)), headers)


@door.api_route("/{path:path}", methods=METHODS)
async def forward(request: Request, cases: UseCases) -> Response:
    """Pass a request on to its owner."""
    query = request.url.query
    own = request.url.path
    asked = Asked(
        method=request.method,
        path=own,
        target=f"{own}?{query}" if query else own,
        headers=request.headers,
        body=await request.body(),
        address=client_address(request, cases.proxies),
    )
    answer = await cases.door.forward(asked)
    return tagged(request, answer.body, answer.status, answer.headers)
