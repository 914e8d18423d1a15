"""A clock that a test turns."""

from datetime import UTC, datetime, timedelta


class TurnedClock:
    """Stands still until it is turned."""

    def __init__(self, start: datetime | None = None) -> None:
        self.now = start or datetime.now(UTC)

    def __call__(self) -> datetime:
        """The present moment."""
        return self.now

    def turn(self, **by: float) -> None:
        """Move forward, by the arguments of timedelta."""
        self.now += timedelta(**by)
