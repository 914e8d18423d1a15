"""How much of the door's work each service is given at once, and who goes first when it is too much."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter

from apps.gateway.domain import Priority
from apps.kit.errors import UnavailableError

# Calls that one service may have in hand from one gateway. What plays may take all of it; who
# browses leaves a fifth to them, and what can wait leaves half.
AT_ONCE = 64
SHARES = {Priority.PLAY: 1.0, Priority.BROWSE: 0.8, Priority.BACKGROUND: 0.5}
# Of ten calls one may be a second attempt, and after a quiet time ten in a row.
RETRY_SHARE, RETRIES_MOST = 0.1, 10.0

SHED = Counter(
    "marquee_shed_requests_total", "Requests refused at the door", ("service", "priority")
)
RETRIED = Counter("marquee_retried_calls_total", "Calls that were made again", ("service",))


class Lane:
    """The way to one service."""

    def __init__(self, service: str, at_once: int = AT_ONCE) -> None:
        self._service = service
        self._at_once = at_once
        self._in_hand = 0
        self._retries = RETRIES_MOST

    @contextmanager
    def place(self, priority: Priority) -> Iterator[None]:
        """A place for one call; UnavailableError where there is none for this priority."""
        if self._in_hand >= self._at_once * SHARES[priority]:
            SHED.labels(self._service, priority).inc()
            raise UnavailableError(
                f"{self._service} has too much to do for the moment", retry_after_seconds=1
            )
        self._in_hand += 1
        self._retries = min(RETRIES_MOST, self._retries + RETRY_SHARE)
        try:
            yield
        finally:
            self._in_hand -= 1

    def may_retry(self) -> bool:
        """Whether a call that got no answer may be made again, and if so, one less may after it."""
        if self._retries < 1:
            return False
        self._retries -= 1
        RETRIED.labels(self._service).inc()
        return True
