"""Copies of what is read often, in the sidecar's state store; correct whether that answers or not."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from apps.kit.errors import UnavailableError

log = logging.getLogger(__name__)

# How long a copy lives; also how long a process that could not spoil one does without any.
COPY_SECONDS = 30
# How long a store that did not answer is left alone.
AWAY_SECONDS = 1
# Longer than any use case takes: statements end after 15 s.
HELD_SECONDS = 60
_COPY, _FREE, _HELD = "c", "f", "h"


class StateStore(Protocol):
    """Values by key, each with a version; UnavailableError when it does not answer."""

    def get(self, key: str) -> tuple[str, str]:
        """A key's value and version; two empty texts for one that is not there."""
        ...

    def save(self, key: str, value: str, seconds: int, version: str | None = None) -> bool:
        """Keep a value for some time; with a version, only over that: False if there is another now."""
        ...


class CachedReads:
    """Reads through to the database; what is being written has no copies.

    A writer marks a key as held before its transaction and as free after it. A reader keeps a copy
    only over the mark that it saw before it asked the database, so that a copy from before a commit
    is never kept after it. Where a mark cannot be set, the store being away, this process reads no
    copies for as long as an old one may live.
    """

    def __init__(self, store: StateStore, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._now = now
        self._without_until = float("-inf")

    def read(self, key: str, load: Callable[[], str]) -> str:
        """The copy of a key's value, or what `load` gives."""
        if self._now() < self._without_until:
            return load()
        try:
            value, version = self._store.get(key)
            if value.startswith(_COPY):
                return value[1:]
            if not value:
                self._store.save(key, _FREE, HELD_SECONDS)
                value, version = self._store.get(key)
        except UnavailableError as error:
            self._do_without(AWAY_SECONDS, error)
            return load()
        found = load()
        if value == _FREE:
            self._keep(key, found, version)
        return found

    @contextmanager
    def writing(self, *keys: str) -> Iterator[None]:
        """While the block changes what is behind these keys, and after it, nobody reads an older copy."""
        self._mark(keys, _HELD)
        try:
            yield
        finally:
            self._mark(keys, _FREE)

    def _keep(self, key: str, value: str, version: str) -> None:
        try:
            self._store.save(key, _COPY + value, COPY_SECONDS, version)
        except UnavailableError as error:
            self._do_without(AWAY_SECONDS, error)

    def _mark(self, keys: Sequence[str], mark: str) -> None:
        try:
            for key in keys:
                self._store.save(key, mark, HELD_SECONDS)
        except UnavailableError as error:
            self._do_without(COPY_SECONDS, error)

    def _do_without(self, seconds: float, error: UnavailableError) -> None:
        fields = {"seconds": seconds, "error": error.detail}
        log.warning("copies of reads are away", extra=fields)
        self._without_until = max(self._without_until, self._now() + seconds)
