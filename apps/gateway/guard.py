"""Refuses, before anything else reads it, a request that two parsers could understand differently."""

import re
from collections import Counter
from collections.abc import MutableMapping
from typing import Any

from apps.gateway.domain import AmbiguousRequestError
from apps.kit.errors import ServiceError, UnprocessableError
from apps.kit.http import App, Message, Receive, Send, problem

HEADERS_MOST = 100
HEADER_BYTES = 60 * 1024
TARGET_BYTES = 8 * 1024
# Percent-encoded: unreserved characters (which nobody needs to encode), slashes, dots, controls.
_ENCODED = re.compile(
    rb"%(?:2[def]|3[0-9]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9ae]|25|[01][0-9a-f]|7f)", re.IGNORECASE
)
_STRANGE = re.compile(rb"//|/\.{1,2}(?:/|$)|[;\\\x00-\x20\x7f-\xff#]|%(?![0-9a-fA-F]{2})")
_ONCE = (b"authorization", b"content-length", b"content-type", b"host", b"transfer-encoding",
         b"idempotency-key", b"cookie", b"origin", b"range")  # fmt: skip
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
)
_NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Guard:
    """The outermost layer of the gateway; it also puts the security headers on every answer."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve or refuse one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                missing = [each for each in (*_SECURITY, _NOTHING) if each[0] not in present]
                message["headers"] = [*message["headers"], *missing]
            await send(message)

        try:
            check_path(scope["raw_path"])
            check_headers(scope["headers"], scope.get("query_string", b""))
        except ServiceError as refused:
            await problem(refused)(scope, receive, sending)
            return
        await self._app(scope, receive, sending)


def check_path(raw: bytes) -> None:
    """AmbiguousRequestError unless the path has exactly one spelling and one meaning."""
    path = raw.partition(b"?")[0]
    if not path.startswith(b"/") or len(raw) > TARGET_BYTES:
        raise AmbiguousRequestError("the path must begin with one slash and be of sane length")
    if _STRANGE.search(path) or _ENCODED.search(path):
        raise AmbiguousRequestError("the path has another spelling; use the plain one")


def check_headers(headers: list[tuple[bytes, bytes]], query: bytes = b"") -> None:
    """AmbiguousRequestError unless every header that matters is there once and well-formed."""
    if len(headers) > HEADERS_MOST or sum(len(n) + len(v) for n, v in headers) > HEADER_BYTES:
        raise AmbiguousRequestError(f"at most {HEADERS_MOST} headers of {HEADER_BYTES} bytes")
    if len(query) > TARGET_BYTES:
        raise UnprocessableError(f"a query may have {TARGET_BYTES} bytes")
    counted = Counter(name.lower() for name, _ in headers)
    _check_once(counted)
    if counted[b"content-length"] and counted[b"transfer-encoding"]:
        raise AmbiguousRequestError("Content-Length and Transfer-Encoding exclude each other")
    for name, value in headers:
        if b"_" in name or any(byte < 0x20 and byte != 9 for byte in value):
            raise AmbiguousRequestError("a header has a name or value that readers differ on")


def _check_once(counted: Counter[bytes]) -> None:
    twice = [name.decode() for name in _ONCE if counted[name] > 1]
    if twice:
        raise AmbiguousRequestError(f"sent twice: {', '.join(twice)}")
