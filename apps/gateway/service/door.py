"""Passing requests on to their owners."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from apps.contracts.auth import SessionRevoked
from apps.contracts.profiles import HouseholdChanged
from apps.gateway.access import AccessTokens
from apps.gateway.acting import ActingProfiles
from apps.gateway.admission import Admission
from apps.gateway.backends import Backends, Call
from apps.gateway.browser import BrowserSessions, Opened
from apps.gateway.domain import NEEDED, Audience, Household, MethodNotAllowedError, Route
from apps.kit.errors import ForbiddenError, NotFoundError, UnauthorizedError, UnavailableError
from apps.kit.identity import Caller
from apps.kit.invoke import Answer

LOG_OUT = "/auth/logout"
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

    def with_json(self, body: Mapping[str, str]) -> "Asked":
        """The same request with another body."""
        headers = {**self.headers, "content-type": "application/json"}
        return replace(self, headers=headers, body=json.dumps(body).encode())


class Door:
    """Lets in who may come in, and passes on what they ask."""

    def __init__(
        self,
        backends: Backends,
        access: AccessTokens,
        admission: Admission,
        acting: ActingProfiles,
        browsers: BrowserSessions,
        routes: Sequence[Route],
    ) -> None:
        self._backends = backends
        self._access = access
        self._admission = admission
        self._acting = acting
        self._browsers = browsers
        self._routes = [(route, route.pattern()) for route in routes]

    async def forward(self, asked: Asked) -> Answer:
        """The owner's answer; refuses what the caller may not, before anybody is called."""
        route = self._find(asked)
        more = {"x-client-address": asked.address}
        if route.audience is Audience.PLAYER:
            more["x-playback-token"] = _bearer(asked.headers.get("authorization"))
            limits = await self._admission.check(route, None, asked.address)
            return _returned(await self._pass_on(route, asked, None, more), limits)
        keep = route.service == "auth" and self._browsers.wants(asked.headers)
        opened, caller, limits = await self._let_in(
            route, asked.method, asked.headers, asked.address
        )
        if opened.tokens is not None and route.path == LOG_OUT:
            asked = asked.with_json({"refresh_token": opened.tokens.refresh})
        answer = _returned(await self._pass_on(route, asked, caller, more), limits)
        return self._with_cookie(route, opened, self._browsers.keep(answer) if keep else answer)

    async def enter(
        self, route: Route, headers: Mapping[str, str], address: str
    ) -> tuple[Caller | None, Mapping[str, str]]:
        """Who asks for one of the door's own pages, completed by whom they act as; and headers to answer with."""
        opened, caller, limits = await self._let_in(route, "GET", headers, address)
        cookie = {"set-cookie": opened.cookie} if opened.cookie else {}
        return caller, {**limits, **cookie}

    async def _let_in(
        self, route: Route, method: str, headers: Mapping[str, str], address: str
    ) -> tuple[Opened, Caller | None, Mapping[str, str]]:
        """The browser's session, who asks, and what is left of their quotas."""
        opened = await self._opened(method, headers)
        caller = await self._access.read(opened.bearer or headers.get("authorization"))
        admit(route, caller)
        caller, plan = await self._completed(route, caller)
        return opened, caller, await self._admission.check(route, caller, address, plan)

    def end_session(self, fact: SessionRevoked) -> None:
        """A session was ended: within seconds its access token opens nothing any more."""
        self._admission.end_session(fact.session_id)

    def change_household(self, fact: HouseholdChanged) -> None:
        """Who acts in a household's sessions, or what they may see, has changed."""
        self._acting.hear(fact.user_id)

    async def _opened(self, method: str, headers: Mapping[str, str]) -> Opened:
        """The browser's session, where the request brings no token of its own."""
        if "authorization" in headers or "cookie" not in headers:
            return Opened()
        return await self._browsers.open(method, headers)

    def _with_cookie(self, route: Route, opened: Opened, answer: Answer) -> Answer:
        if opened.tokens is not None and route.path == LOG_OUT:
            return self._browsers.end(answer)
        if opened.cookie is None or "set-cookie" in answer.headers:
            return answer
        return replace(answer, headers={**answer.headers, "set-cookie": opened.cookie})

    async def _pass_on(
        self, route: Route, asked: Asked, caller: Caller | None, more: Mapping[str, str]
    ) -> Answer:
        passed = {name: asked.headers[name] for name in _PASSED if name in asked.headers}
        try:
            return await self._backends.call(
                Call(
                    route.service,
                    asked.method,
                    asked.target,
                    caller,
                    {**passed, **more},
                    asked.body,
                    route.priority,
                )
            )
        finally:
            # Whatever became of it, before anybody is told.
            if route.household is Household.CHANGES and caller is not None:
                await self._acting.forget(caller.user_id)

    async def _completed(self, route: Route, caller: Caller | None) -> tuple[Caller | None, str]:
        """The caller, completed by whom they act as where that matters, and their plan if it is known."""
        if caller is None or route.household in (Household.NOTHING, Household.CHANGES):
            return caller, ""
        try:
            return await self._acting.complete(caller)
        except UnavailableError:
            if route.household is Household.LIMITS_IF_KNOWN:
                return caller, ""
            raise

    def _find(self, asked: Asked) -> Route:
        matching = [route for route, pattern in self._routes if pattern.match(asked.path)]
        for route in matching:
            if route.method == asked.method:
                return route
        if matching:
            raise MethodNotAllowedError(sorted({route.method for route in matching}))
        raise NotFoundError(f"nothing is at {asked.path[:200]}")


def _returned(answer: Answer, limits: Mapping[str, str]) -> Answer:
    """An answer with the headers that go outside."""
    headers = {name: answer.headers[name] for name in _RETURNED if name in answer.headers}
    return Answer(answer.status, {**headers, **limits}, answer.body)


def admit(route: Route, caller: Caller | None) -> None:
    """UnauthorizedError or ForbiddenError unless the caller is of the route's audience."""
    if route.audience is Audience.PUBLIC:
        return
    if caller is None:
        raise UnauthorizedError("sign in first")
    needed = NEEDED.get(route.audience)
    if needed is not None and caller.roles.isdisjoint(needed):
        raise ForbiddenError(f"this takes the role {' or '.join(sorted(needed))}")


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthorizedError("show the session's playback token as a bearer token")
    return token
