"""What can go wrong with a step, and how often each kind is tried again."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class FailureKind(StrEnum):
    """Why an attempt at a step ended without an output."""

    REJECTED = "rejected"  # the master itself: trying again changes nothing
    ENCODER = "encoder"  # a program failed
    TIMEOUT = "timeout"  # a program was killed at its deadline
    LOST = "lost"  # the worker died, or stopped to renew its lease
    STORE = "store"  # a store was away


ATTEMPTS = {
    FailureKind.REJECTED: 1,
    FailureKind.ENCODER: 3,
    FailureKind.TIMEOUT: 2,
    FailureKind.LOST: 5,
    FailureKind.STORE: 20,
}


@dataclass(frozen=True)
class Failure:
    """One failed attempt: a stable code and a sentence."""

    kind: FailureKind
    code: str
    reason: str

    def may_retry(self, attempt: int) -> bool:
        """Whether another attempt is worth it after `attempt` of them."""
        return attempt < ATTEMPTS[self.kind]

    def pause(self, attempt: int) -> timedelta:
        """How long to wait before the next attempt: doubling, at most 30 s; none for a lost worker."""
        if self.kind is FailureKind.LOST:
            return timedelta(0)
        return timedelta(seconds=min(30, 2 ** (attempt - 1)))


class StepFailedError(Exception):
    """An attempt at a step failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.code}: {failure.reason}")
        self.failure = failure


def rejected(code: str, reason: str) -> StepFailedError:
    """The master is refused, for good, with a reason for its studio."""
    return StepFailedError(Failure(FailureKind.REJECTED, code, reason))
