"""Passing requests on to their owners, and composing pages out of several of them."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.contracts.auth import SessionRevoked
from apps.gateway.access import AccessTokens
from apps.gateway.admission import Admission
from apps.gateway.domain import NEEDED, ROUTES, Audience, MethodNotAllowedError, Route
from apps.kit.errors import (
    ForbiddenError,
    NotFoundError,
    ServiceError,
    UnauthorizedError,
    UnavailableError,
)
from apps.kit.identity import Caller, InternalTokens
from apps.kit.invoke import Answer, Invoker
from apps.kit.tracing import traceparent

PAGE_SECONDS = 0.3
CALL_SECONDS = 5.0
_PASSED = ("content-type", "accept", "idempotency-key", "if-none-match")
_RETURNED = (
    "content-type",
    "location",
    "retry-after",
    "etag",
    "cache-control",
    "www-authenticate",
    "allow",
)


@dataclass(frozen=True)
class Asked:
    """A request as it stands at the door; `target` is the path with its query."""

    method: str
    path: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    address: str


class Gateway:
    """The only caller of other services."""

    def __init__(
        self,
        invoker: Invoker,
        internal: InternalTokens,
        admission: Admission,
        routes: Sequence[Route] = ROUTES,
        *,
        proxies: int = 0,
    ) -> None:
        self._admission = admission
        self.proxies = proxies
        self._invoker = invoker
        self._internal = internal
        self._access = AccessTokens(self._jwks)
        self._routes = [(route, route.pattern()) for route in routes]

    async def forward(self, asked: Asked) -> Answer:
        """The owner's answer; refuses what the caller may not, before anybody is called."""
        route = self._find(asked)
        bearer = asked.headers.get("authorization")
        more = {"x-client-address": asked.address}
        caller = None
        if route.audience is Audience.PLAYER:
            more["x-playback-token"] = _bearer(bearer)
        else:
            caller = await self._access.read(bearer)
            admit(route, caller)
        limits = await self._admission.check(route, caller, asked.address)
        passed = {name: asked.headers[name] for name in _PASSED if name in asked.headers}
        answer = await self._call(
            route.service, asked.method, asked.target, caller, {**passed, **more}, asked.body
        )
        returned = {name: answer.headers[name] for name in _RETURNED if name in answer.headers}
        return Answer(answer.status, {**returned, **limits}, answer.body)

    def end_session(self, fact: SessionRevoked) -> None:
        """A session was ended: within seconds its access token opens nothing any more."""
        self._admission.end_session(fact.session_id)

    async def title_page(self, title_id: UUID, authorization: str | None) -> dict[str, Any]:
        """A title and its neighbours, asked side by side; what is late is left out and named."""
        caller = await self._access.read(authorization)
        asked = asyncio.create_task(
            self._json("catalog", f"/videos/{title_id}/related", caller, PAGE_SECONDS)
        )
        try:
            title = await self._json("catalog", f"/titles/{title_id}", caller, CALL_SECONDS)
        except ServiceError:
            asked.cancel()
            raise
        try:
            items, missing = (await asked)["items"], []
        except ServiceError:
            items, missing = [], ["related"]
        return {"title": title, "related": items, "missing": missing}

    async def check(self) -> None:
        """Raise unless auth can be reached: without it nobody can be known."""
        await self._jwks()

    def _find(self, asked: Asked) -> Route:
        matching = [route for route, pattern in self._routes if pattern.match(asked.path)]
        for route in matching:
            if route.method == asked.method:
                return route
        if matching:
            raise MethodNotAllowedError(sorted({route.method for route in matching}))
        raise NotFoundError(f"nothing is at {asked.path[:200]}")

    async def _call(
        self,
        service: str,
        method: str,
        target: str,
        caller: Caller | None,
        headers: Mapping[str, str],
        body: bytes = b"",
    ) -> Answer:
        own = {"authorization": f"Bearer {self._internal.mint(caller, service)}"}
        trace = traceparent()
        if trace is not None:
            own["traceparent"] = trace
        answer = await self._invoker.call(
            service, method, target, headers={**headers, **own}, body=body
        )
        # The sidecar, or the mesh, answers for a service that it cannot reach.
        if answer.status >= 500 and not _own_words(answer):
            raise UnavailableError(f"{service} is away for the moment")
        return answer

    async def _json(
        self, service: str, target: str, caller: Caller | None, seconds: float
    ) -> dict[str, Any]:
        try:
            async with asyncio.timeout(seconds):
                answer = await self._call(service, "GET", target, caller, {})
        except TimeoutError:
            raise UnavailableError(f"{service} is late") from None
        if answer.status == 404:
            raise NotFoundError("no such title")
        if answer.status != 200:
            raise UnavailableError(f"{service} answered {answer.status}")
        found: dict[str, Any] = json.loads(answer.body)
        return found

    async def _jwks(self) -> dict[str, Any]:
        return await self._json("auth", "/.well-known/jwks.json", None, CALL_SECONDS)


def admit(route: Route, caller: Caller | None) -> None:
    """UnauthorizedError or ForbiddenError unless the caller is of the route's audience."""
    if route.audience is Audience.PUBLIC:
        return
    if caller is None:
        raise UnauthorizedError("sign in first")
    needed = NEEDED.get(route.audience)
    if needed is not None and caller.roles.isdisjoint(needed):
        raise ForbiddenError(f"this takes the role {' or '.join(sorted(needed))}")


def _own_words(answer: Answer) -> bool:
    """Whether a service itself says that something is wrong."""
    return answer.headers.get("content-type", "").startswith("application/problem+json")


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthorizedError("show the session's playback token as a bearer token")
    return token
