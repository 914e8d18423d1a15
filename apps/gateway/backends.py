"""The services behind the door: called with a token of our own, and their answers read."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.gateway.domain import Acting
from apps.kit.errors import NotFoundError, UnavailableError
from apps.kit.identity import Caller, InternalTokens
from apps.kit.invoke import Answer, Invoker
from apps.kit.tracing import traceparent

CALL_SECONDS = 5.0


class Backends:
    """The only caller of other services."""

    def __init__(self, invoker: Invoker, internal: InternalTokens) -> None:
        self._invoker = invoker
        self._internal = internal

    async def call(
        self,
        service: str,
        method: str,
        target: str,
        caller: Caller | None,
        headers: Mapping[str, str],
        body: bytes = b"",
    ) -> Answer:
        """A service's answer in its own words; UnavailableError if it has none."""
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

    async def json(
        self, service: str, target: str, caller: Caller | None, seconds: float = CALL_SECONDS
    ) -> dict[str, Any]:
        """What a service answers to a GET; NotFoundError, or UnavailableError also when it is late."""
        try:
            async with asyncio.timeout(seconds):
                answer = await self.call(service, "GET", target, caller, {})
        except TimeoutError:
            raise UnavailableError(f"{service} is late") from None
        if answer.status == 404:
            raise NotFoundError("there is no such thing")
        if answer.status != 200:
            raise UnavailableError(f"{service} answered {answer.status}")
        found: dict[str, Any] = json.loads(answer.body)
        return found

    async def jwks(self) -> dict[str, Any]:
        """Auth's published keys."""
        return await self.json("auth", "/.well-known/jwks.json", None)

    async def acting(self, caller: Caller) -> Acting:
        """Whom a caller's session acts as, by profiles' own word."""
        said = await self.json("profiles", "/acting", caller)
        profile_id = said["profile_id"]
        return Acting(UUID(profile_id) if profile_id else None, said["max_age"])


def _own_words(answer: Answer) -> bool:
    """Whether a service itself says that something is wrong."""
    return answer.headers.get("content-type", "").startswith("application/problem+json")
