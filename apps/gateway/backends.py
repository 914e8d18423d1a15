"""The services behind the door: called with a token of our own, and their answers read."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.gateway.domain import Acting, Priority
from apps.gateway.lanes import Lane
from apps.kit import deadline
from apps.kit.errors import NotFoundError, UnavailableError
from apps.kit.identity import Caller, InternalTokens, limit_of
from apps.kit.invoke import Answer, Invoker
from apps.kit.tracing import traceparent

# What a read waits for, and what a write does: that is not broken off lightly.
READ_SECONDS, WRITE_SECONDS = 5.0, 15.0
READS = ("GET", "HEAD")
# Whose answers to reads depend on nothing but the question and the age that limits it.
SHARED = ("catalog",)


@dataclass(frozen=True)
class Call:
    """One call of a service."""

    service: str
    method: str
    target: str
    caller: Caller | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    priority: Priority = Priority.BROWSE
    seconds: float | None = None

    @property
    def waits(self) -> float:
        """For how long, in seconds."""
        return self.seconds or (READ_SECONDS if self.method in READS else WRITE_SECONDS)


class Backends:
    """The only caller of other services."""

    def __init__(self, invoker: Invoker, internal: InternalTokens) -> None:
        self._invoker = invoker
        self._internal = internal
        self._lanes: dict[str, Lane] = {}
        self._shared: dict[tuple[object, ...], asyncio.Task[Answer]] = {}

    async def call(self, call: Call) -> Answer:
        """A service's answer in its own words; UnavailableError if it has none, or none in time.

        Equal reads at the same time become one.
        """
        if call.service not in SHARED or call.method != "GET":
            return await self._in_time(call)
        key = (call.service, call.target, limit_of(call.caller), call.headers.get("if-none-match"))
        return await self._together(key, lambda: self._in_time(call))

    async def json(self, call: Call) -> dict[str, Any]:
        """What a service answers to a read; NotFoundError, UnavailableError."""
        answer = await self.call(call)
        if answer.status == 404:
            raise NotFoundError("there is no such thing")
        if answer.status != 200:
            raise UnavailableError(f"{call.service} answered {answer.status}")
        found: dict[str, Any] = json.loads(answer.body)
        return found

    async def jwks(self) -> dict[str, Any]:
        """Auth's published keys."""
        return await self.json(
            Call("auth", "GET", "/.well-known/jwks.json", None, priority=Priority.PLAY)
        )

    async def acting(self, caller: Caller) -> Acting:
        """Whom a caller's session acts as, by profiles' own word."""
        call = Call("profiles", "GET", "/acting", caller, priority=Priority.PLAY)
        said = await self.json(call)
        profile_id = said["profile_id"]
        return Acting(UUID(profile_id) if profile_id else None, said["max_age"], said["plan"])

    async def _together(
        self, key: tuple[object, ...], ask: Callable[[], Coroutine[Any, Any, Answer]]
    ) -> Answer:
        """The answer to a question that others may be asking right now."""
        if key not in self._shared:
            task = asyncio.create_task(ask())
            task.add_done_callback(lambda _: self._shared.pop(key, None))
            self._shared[key] = task
        # One that stops waiting does not break off what others wait for.
        return await asyncio.shield(self._shared[key])

    async def _in_time(self, call: Call) -> Answer:
        lane = self._lanes.setdefault(call.service, Lane(call.service))
        with lane.place(call.priority):
            try:
                async with asyncio.timeout(call.waits):
                    return await self._attempts(lane, call)
            except TimeoutError:
                raise UnavailableError(f"{call.service} is late") from None

    async def _attempts(self, lane: Lane, call: Call) -> Answer:
        """Reads are asked again once, if not too many are: asking twice is harmless."""
        try:
            return await self._once(call)
        except UnavailableError:
            if call.method not in READS or not lane.may_retry():
                raise
        return await self._once(call)

    async def _once(self, call: Call) -> Answer:
        own = {
            "authorization": f"Bearer {self._internal.mint(call.caller, call.service)}",
            deadline.HEADER: str(round(call.waits * 1000)),
        }
        trace = traceparent()
        if trace is not None:
            own["traceparent"] = trace
        headers = {**call.headers, **own}
        answer = await self._invoker.call(
            call.service, call.method, call.target, headers=headers, body=call.body
        )
        # The sidecar, or the mesh, answers for a service that it cannot reach.
        if answer.status >= 500 and not _own_words(answer):
            raise UnavailableError(f"{call.service} is away for the moment")
        return answer


def _own_words(answer: Answer) -> bool:
    """Whether a service itself says that something is wrong."""
    return answer.headers.get("content-type", "").startswith("application/problem+json")
