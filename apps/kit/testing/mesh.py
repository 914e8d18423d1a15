"""Several services in one process: calls go to their apps, facts are delivered when a test says so."""

from collections.abc import Mapping
from uuid import UUID

import httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

from apps.kit.database import Database
from apps.kit.errors import UnavailableError
from apps.kit.invoke import Answer
from apps.kit.outbox import Relay


class UndeliveredError(AssertionError):
    """A service did not take a fact."""


class InProcessMesh:
    """Reads each app's `/dapr/subscribe`, as its sidecar would; itself the relays' publisher."""

    def __init__(self) -> None:
        self._apps: dict[str, FastAPI] = {}
        self._relays: list[Relay] = []
        self._routes: dict[str, list[tuple[str, str]]] = {}
        self.facts: list[tuple[str, Mapping[str, object]]] = []
        self.copies = 1

    def join(self, service: str, app: FastAPI, database: Database | None = None) -> None:
        """A service takes part."""
        self._apps[service] = app
        if database is not None:
            self._relays.append(Relay(database, self))
        for asked in TestClient(app).get("/dapr/subscribe").json():
            self._routes.setdefault(asked["topic"], []).append((service, asked["route"]))

    def app(self, service: str) -> FastAPI:
        """A service's own app."""
        return self._apps[service]

    def leave(self, service: str) -> FastAPI:
        """A service is away: whoever calls it is told so."""
        return self._apps.pop(service)

    def come_back(self, service: str, app: FastAPI) -> None:
        """A service is there again."""
        self._apps[service] = app

    def deliver(self) -> int:
        """Deliver every waiting fact, and those that follow from them; how many there were."""
        count = 0
        while sent := sum(relay.send_batch() for relay in self._relays):
            count += sent
        return count

    def publish(
        self, topic: str, data: Mapping[str, object], *, event_id: UUID, trace: str | None
    ) -> None:
        """Hand a fact to everybody who hears it, `copies` times."""
        self.facts.append((topic, data))
        event = {"id": str(event_id), "topic": topic, "data": data, "traceparent": trace or ""}
        for service, route in self._routes.get(topic, ()):
            for _ in range(self.copies):
                answer = TestClient(self._apps[service]).post(route, json=event)
                if answer.json().get("status") != "SUCCESS":
                    raise UndeliveredError(f"{service} answers {topic} with {answer.text}")

    async def call(
        self, service: str, method: str, path: str, *, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """An invocation, as the gateway makes it; UnavailableError for a service that is away."""
        if service not in self._apps:
            raise UnavailableError(f"{service} cannot be reached")
        transport = httpx.ASGITransport(self._apps[service], raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://mesh") as client:
            got = await client.request(method, path, headers=dict(headers), content=body)
        return Answer(got.status_code, got.headers, got.content)
