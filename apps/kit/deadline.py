"""How long somebody waits for what is being done; what nobody waits for any more is not begun."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from apps.kit.errors import UnavailableError

HEADER = "x-timeout-ms"
_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def waiting(headers: Mapping[str, str]) -> Iterator[None]:
    """While the block serves a request whose sender waits as long as it says, in milliseconds."""
    said = headers.get(HEADER, "")
    until = time.monotonic() + int(said) / 1000 if said.isdecimal() and len(said) < 9 else None
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


def check() -> None:
    """UnavailableError if nobody waits any more."""
    until = _until.get()
    if until is not None and time.monotonic() > until:
        raise UnavailableError("this came too late to be done in time")
