"""The second factor: codes by time (RFC 6238), and codes on paper for when the telephone is lost."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.auth.domain.session import Proof
from apps.auth.domain.user import UserId
from apps.kit.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError

STEP_SECONDS = 30
# Clocks of telephones are off by up to so many steps.
SKEW_STEPS = 1
CHALLENGE_LIFE = timedelta(minutes=5)
RECOVERY_CODES = 10

CodeOf = Callable[[str, int], str]


class SecondFactorNeededError(ForbiddenError):
    """The first proof was right; the challenge opens the way to the second."""

    type = "second-factor-needed"
    title = "Show your second factor"

    def __init__(self, challenge: str) -> None:
        seconds = int(CHALLENGE_LIFE.total_seconds())
        members = {"challenge": challenge, "expires_in": seconds}
        super().__init__("POST the challenge with a code to /auth/mfa/totp/verify", members=members)


class SecondFactorRefusedError(UnauthorizedError):
    """The code is wrong, used, or too old; or the challenge is."""

    type = "second-factor-refused"
    title = "The code is not good"


class SecondFactorExistsError(ConflictError):
    """There is a second factor already; take it away first."""

    type = "second-factor-exists"
    title = "There is a second factor already"


class NoSecondFactorError(NotFoundError):
    """There is none, or it was not begun."""

    type = "no-second-factor"
    title = "There is no second factor"


@dataclass(frozen=True)
class Totp:
    """A seed that the server and a telephone share; it only ever lies wrapped."""

    user_id: UserId
    wrapped_seed: str
    confirmed_at: datetime | None = None
    last_step: int = 0

    def used(self, code: str, seed: str, code_of: CodeOf, now: datetime) -> "Totp":
        """The factor after a code, which is good once; SecondFactorRefusedError if it is not good."""
        present = int(now.timestamp()) // STEP_SECONDS
        for step in range(present - SKEW_STEPS, present + SKEW_STEPS + 1):
            if step > self.last_step and hmac.compare_digest(code_of(seed, step), code):
                return replace(self, last_step=step)
        raise SecondFactorRefusedError("the code is wrong, or was used")

    def confirmed(self, now: datetime) -> "Totp":
        """The factor, once a first code has shown that the telephone has the seed."""
        return replace(self, confirmed_at=now)


@dataclass(frozen=True)
class Challenge:
    """Somebody has shown a first proof, and has some minutes for the second."""

    user_id: UserId
    proof: Proof
    expires_at: datetime
