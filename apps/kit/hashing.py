"""Short secrets under Argon2id, as many at once as there are cores, and a short queue before it refuses."""

import os
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from apps.kit.errors import UnavailableError

QUEUE = 64


class Argon2Secrets:
    """OWASP's first choice of parameters: 19 MiB, two passes, one lane; 20 ms of a core."""

    def __init__(self, *, cores: int | None = None, memory_kib: int = 19456) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=memory_kib, parallelism=1)
        at_once = cores or os.cpu_count() or 1
        self._places = threading.BoundedSemaphore(at_once + QUEUE)
        self._running = threading.BoundedSemaphore(at_once)
        self._nobody = self._hasher.hash("nobody's secret")

    def hash(self, secret: str) -> str:
        """A hash with its salt and parameters; UnavailableError when too many wait."""
        with _Turn(self._places, self._running):
            return self._hasher.hash(secret)

    def matches(self, secret: str, hashed: str | None) -> bool:
        """Whether it is the secret; without a hash the same work is done for nothing."""
        with _Turn(self._places, self._running):
            try:
                return self._hasher.verify(hashed or self._nobody, secret) and hashed is not None
            except (VerificationError, InvalidHashError):
                return False

    def outdated(self, hashed: str) -> bool:
        """Whether a hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)


class _Turn:
    """A place in the queue, then one of the running."""

    def __init__(self, places: threading.Semaphore, running: threading.Semaphore) -> None:
        self._places = places
        self._running = running

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            raise UnavailableError("too many secrets are being checked", retry_after_seconds=1)
        self._running.acquire()

    def __exit__(self, *_: object) -> None:
        self._running.release()
        self._places.release()
