"""Progress lines: what happens now, and how long it took."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()


def say(text: str) -> None:
    """A line of progress."""
    with _LOCK:
        print(text, flush=True)


def complain(text: str) -> None:
    """A line about what went wrong."""
    with _LOCK:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what was done, once it is done, and how long it took."""
    started = time.monotonic()
    yield
    say(f"  {what:<44} {time.monotonic() - started:6.1f} s")
