"""Build the app of a service: routes, facts, health, metrics and problems, the same everywhere."""

import gc
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from apps.kit.database import Transient
from apps.kit.entrypoints import Entrypoints, Subscription
from apps.kit.errors import (
    NotFoundError,
    ServiceError,
    UnauthorizedError,
    UnavailableError,
    UnprocessableError,
)
from apps.kit.http import Outermost, problem
from apps.kit.identity import Verifier
from apps.kit.inbox import Inbox

log = logging.getLogger(__name__)

Check = Callable[[], None]


class Loop(Protocol):
    """Something that runs beside the requests, for as long as the app does."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End, and return when it has."""
        ...


class Problem(BaseModel):
    """An error answer (RFC 9457)."""

    type: str = Field(examples=["urn:marquee:not-found"])
    title: str
    status: int
    detail: str


def problems(*errors: type[ServiceError]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of an operation, from the errors it may raise."""
    listed: dict[int | str, dict[str, Any]] = {}
    kinds: tuple[type[ServiceError], ...] = (*errors, UnprocessableError)
    for error in kinds:
        listed[error.status] = {
            "description": error.title,
            "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
        }
    return listed


@dataclass(frozen=True)
class Chassis:
    """What a composition root hands over besides its own routes."""

    service: str
    verifier: Verifier
    inbox: Inbox
    app_token: str | None = None
    subscriptions: Sequence[Subscription] = ()
    loops: Sequence[Loop] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    closing: Sequence[Callable[[], None]] = ()


def build_app(chassis: Chassis, use_cases: object, routers: Iterable[APIRouter]) -> FastAPI:
    """An app whose routes find their use cases at `request.app.state.use_cases`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for loop in chassis.loops:
            loop.start()
        # What was made until now lives as long as the process: each full collection would look
        # through all of it, and hold every request up for 100 ms.
        gc.collect()
        gc.freeze()
        yield
        for loop in reversed(chassis.loops):
            await run_in_threadpool(loop.stop)
        for close in chassis.closing:
            close()

    app = FastAPI(
        title=f"Marquee {chassis.service}",
        version="1",
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.use_cases = use_cases
    app.state.verifier = chassis.verifier
    # First, so that a router that takes every path leaves these alone.
    _add_health(app, chassis.checks)
    Entrypoints(chassis.service, chassis.subscriptions, chassis.inbox).mount(app)
    for router in routers:
        app.include_router(router)
    add_problems(app)
    app.add_middleware(Outermost, app_token=chassis.app_token)
    return app


def add_problems(app: FastAPI) -> None:
    """Answer every error of an app as problem+json."""
    app.add_exception_handler(ServiceError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
    for transient in Transient:
        app.add_exception_handler(transient, _away)


def operation_id(route: APIRoute) -> str:
    """An operation is named after its function."""
    return route.name


def _add_health(app: FastAPI, checks: Mapping[str, Check]) -> None:
    def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok")

    def readyz() -> Response:
        failing = [name for name, check in checks.items() if not _passes(name, check)]
        return JSONResponse({"failing": failing}, 503 if failing else 200)

    def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    for handler in (healthz, readyz, metrics):
        app.add_api_route(f"/{handler.__name__}", handler, include_in_schema=False)


def _passes(name: str, check: Check) -> bool:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - any failure means not ready
        log.warning("not ready", extra={"part": name, "error": str(error)})
        return False
    return True


def _expected(_: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    return problem(error)


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [
        {"at": ".".join(str(part) for part in each["loc"]), "why": each["msg"]}
        for each in error.errors()[:20]
    ]
    said = "; ".join(f"{each['at']}: {each['why']}" for each in wrong[:3])
    return problem(UnprocessableError(said, members={"errors": wrong}))


def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    # FastAPI says 400 for a body that is no text at all, and 422 for one that is no JSON: the same to a client.
    kinds = {400: UnprocessableError, 401: UnauthorizedError, 404: NotFoundError}
    known = kinds.get(error.status_code, ServiceError)(str(error.detail))
    answer = problem(known)
    if error.status_code not in kinds:
        return JSONResponse(
            {
                "type": f"urn:marquee:http-{error.status_code}",
                "title": str(error.detail),
                "status": error.status_code,
                "detail": str(error.detail),
            },
            error.status_code,
            headers=error.headers,
            media_type="application/problem+json",
        )
    return answer


def _away(_: Request, error: Exception) -> Response:
    log.warning("store away", extra={"error": str(error)[:300]})
    return problem(UnavailableError("a store is away for the moment"))


def _unexpected(_: Request, error: Exception) -> Response:
    log.exception("unexpected failure", exc_info=error)
    failure = ServiceError("something went wrong on our side")
    failure_answer = problem(failure)
    body = {
        "type": "urn:marquee:internal",
        "title": "Something went wrong",
        "status": 500,
        "detail": failure.detail,
    }
    return JSONResponse(body, 500, media_type=failure_answer.media_type)
