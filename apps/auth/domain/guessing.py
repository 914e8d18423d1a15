"""How often somebody may guess; a stranger's guesses never lock an owner out.

The figures follow OWASP ASVS 5.0 §6.1.1 and §6.3.1 and NIST SP 800-63B-4 §3.2.2 (100 failures in a row).
"""

from dataclasses import dataclass, replace

from apps.kit.errors import TooManyError

WINDOW_SECONDS = 900
DELAY_MOST_SECONDS = 60
PENDING_SECONDS = 10


class GuessingRefusedError(TooManyError):
    """Too many wrong guesses; other ways to sign in stay open."""

    type = "too-many-guesses"
    title = "Too many attempts"

    def __init__(self, detail: str, wait_seconds: float) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": str(max(1, round(wait_seconds)))}


@dataclass(frozen=True)
class GuessingRules:
    """Failures that are free, that ask for another proof within 15 minutes, and that end guessing; guesses at once."""

    free: int = 5
    proof: int = 10
    most: int = 100
    at_once: int = 20


# While the counters are away: each process for itself.
STRICT = GuessingRules(free=2, proof=4, most=20, at_once=2)


@dataclass(frozen=True)
class Limit:
    """So many in so many seconds."""

    count: int
    seconds: int

    def times(self, factor: int) -> "Limit":
        """The same for so many households."""
        return replace(self, count=self.count * factor)


@dataclass(frozen=True)
class Tally:
    """What is known of the guesses at one secret; moments in seconds."""

    failures: int = 0
    burst: int = 0
    burst_since: float = 0.0
    last: float = 0.0
    pending: int = 0
    pending_since: float = 0.0

    def begun(self, rules: GuessingRules, now: float) -> "Tally":
        """The tally with one more guess under way; GuessingRefusedError if there may be none."""
        # A guess whose process died never ends.
        pending = self.pending if now - self.pending_since < PENDING_SECONDS else 0
        self._check(rules, pending, now)
        return replace(self, pending=pending + 1, pending_since=now)

    def _check(self, rules: GuessingRules, pending: int, now: float) -> None:
        if self.failures >= rules.most:
            raise GuessingRefusedError(_OFF, WINDOW_SECONDS)
        left = self.burst_since + WINDOW_SECONDS - now
        if self.burst >= rules.proof and left > 0:
            raise GuessingRefusedError(_PROOF, left)
        over = self.failures - rules.free
        wait = self.last + min(DELAY_MOST_SECONDS, 2.0**over) - now if over >= 0 else 0.0
        # As long as guesses are free, many may come at once: tabs of one owner. After that one at a time.
        at_once = rules.at_once if over < 0 else 1
        if wait > 0 or pending >= at_once:
            raise GuessingRefusedError(_WAIT, wait)

    def failed(self, now: float) -> "Tally":
        """The tally after a wrong guess."""
        fresh = now - self.burst_since > WINDOW_SECONDS
        return replace(
            self,
            failures=self.failures + 1,
            burst=1 if fresh else self.burst + 1,
            burst_since=now if fresh else self.burst_since,
            last=now,
            pending=max(0, self.pending - 1),
        )

    def dropped(self) -> "Tally":
        """The tally after a guess that was never tried."""
        return replace(self, pending=max(0, self.pending - 1))


_OFF = "sign-in by password is off until the password is reset; other ways stay open"
_PROOF = "too many wrong passwords; use a link by mail, a passkey, or a device that is known"
_WAIT = "too many wrong passwords; wait a little"
