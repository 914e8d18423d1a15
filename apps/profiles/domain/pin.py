"""A profile's PIN, and how often it may be guessed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.kit.errors import ForbiddenError, TooManyError

# As many wrong guesses as cost nothing; each one after that doubles the wait, which begins at this.
FREE, FIRST_SECONDS, MOST_SECONDS = 5, 30, 3600


class PinNeededError(ForbiddenError):
    """The profile is locked by a PIN, and none was given, or a wrong one."""

    type = "pin-needed"
    title = "This profile is locked"


class PinWaitError(TooManyError):
    """The PIN was guessed too often."""

    type = "pin-wait"
    title = "Too many wrong PINs"

    def __init__(self, seconds: int) -> None:
        super().__init__("wait, or let the account's owner set a new PIN")
        self.headers = {"Retry-After": str(seconds)}


@dataclass(frozen=True)
class Pin:
    """A hashed PIN, with the guesses since it was last right."""

    hashed: str
    failures: int = 0
    wait_until: datetime | None = None

    def guessed(self, now: datetime) -> "Pin":
        """The PIN with one more guess counted, before it is known whether it is right.

        So guesses that come at once are as many as those that come one after another. Raises
        PinWaitError while it must not be guessed.
        """
        if self.wait_until is not None and now < self.wait_until:
            raise PinWaitError(max(1, round((self.wait_until - now).total_seconds())))
        failures = self.failures + 1
        if failures < FREE:
            return replace(self, failures=failures, wait_until=None)
        seconds = min(MOST_SECONDS, FIRST_SECONDS * 2 ** min(failures - FREE, 10))
        return replace(self, failures=failures, wait_until=now + timedelta(seconds=seconds))

    def right(self) -> "Pin":
        """The PIN after a right guess."""
        return Pin(self.hashed)
