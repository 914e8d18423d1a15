"""Calls to other services through the sidecar: for the gateway alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

from apps.kit.errors import UnavailableError

CALL_SECONDS = 15.0


@dataclass(frozen=True)
class Answer:
    """What a service said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Invoker(Protocol):
    """Calls one method of one service."""

    async def call(
        self, service: str, method: str, path: str, *, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """The answer, whatever its status; UnavailableError if there was none."""
        ...


class DaprInvoker:
    """Invocation by the local sidecar, over one pool of kept connections."""

    def __init__(self, port: str, token: str | None) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=50)
        own = {"dapr-api-token": token} if token else {}
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}/v1.0/invoke",
            headers=own,
            timeout=CALL_SECONDS,
            limits=limits,
        )

    async def call(
        self, service: str, method: str, path: str, *, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Call `method path` (with its query) of `service`."""
        url = f"/{service}/method{path}"
        try:
            got = await self._client.request(method, url, headers=headers, content=body)
        except httpx.HTTPError as error:
            raise UnavailableError(f"{service} cannot be reached") from error
        return Answer(got.status_code, got.headers, got.content)

    async def close(self) -> None:
        """Close the pool."""
        await self._client.aclose()
