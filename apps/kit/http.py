"""The outermost layer of every app: body limit, trace, access log, metrics, the sidecar's token."""

import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from apps.kit.deadline import waiting
from apps.kit.errors import ServiceError, TooLargeError, UnauthorizedError
from apps.kit.metrics import REQUESTS
from apps.kit.tracing import span

log = logging.getLogger("access")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

BODY_BYTES = 1024 * 1024
_SIDECAR_PATHS = ("/dapr/", "/events/", "/metrics")
_QUIET = ("/healthz", "/readyz", "/metrics")


def problem(error: ServiceError) -> JSONResponse:
    """An error as problem+json (RFC 9457)."""
    body = {
        "type": f"urn:marquee:{error.type}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        **error.members,
    }
    return JSONResponse(
        body, error.status, headers=error.headers, media_type="application/problem+json"
    )


class Outermost:
    """Pure ASGI, so that nothing is buffered or re-wrapped on the way out."""

    def __init__(self, app: App, *, app_token: str | None = None) -> None:
        self._app = app
        self._token = app_token

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        started, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with waiting(headers), span(f"{scope['method']} {scope['path']}", headers):
            try:
                body = await self._admit(scope["path"], headers, receive)
                await self._app(scope, _replay(body, receive), sending)
            except ServiceError as error:
                await problem(error)(scope, receive, sending)
            finally:
                self._record(scope, status, time.perf_counter() - started)

    async def _admit(self, path: str, headers: Mapping[str, str], receive: Receive) -> bytes:
        if path.startswith(_SIDECAR_PATHS) and self._token is not None:
            given = headers.get("dapr-api-token", "")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                raise UnauthorizedError(
                    "only the sidecar and the platform's own monitoring may call this"
                )
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return b""
        return await _read(headers, receive)

    def _record(self, scope: Mapping[str, Any], status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        REQUESTS.labels(scope["method"], route, str(status)).observe(seconds)
        if scope["path"] not in _QUIET:
            fields = {"method": scope["method"], "route": route, "status": status}
            log.info("request", extra={**fields, "milliseconds": round(seconds * 1000, 1)})


async def _read(headers: Mapping[str, str], receive: Receive) -> bytes:
    declared = headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > BODY_BYTES:
        raise TooLargeError(f"a body may have {BODY_BYTES} bytes")
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_BYTES:
            raise TooLargeError(f"a body may have {BODY_BYTES} bytes")
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
