"""Second factors: begun, confirmed, shown and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.auth.domain import letter
from apps.auth.domain.factor import (
    CHALLENGE_LIFE,
    RECOVERY_CODES,
    Challenge,
    NoSecondFactorError,
    SecondFactorExistsError,
    SecondFactorNeededError,
    SecondFactorRefusedError,
    Totp,
)
from apps.auth.domain.one_time import digest_of
from apps.auth.domain.session import Client, Proof, SessionId
from apps.auth.domain.token import TokenPair
from apps.auth.domain.trail import What
from apps.auth.domain.user import User, UserId
from apps.auth.ports.outside import Codes, Tokens
from apps.auth.ports.stores import AuthWork, OpenWork
from apps.auth.service.accounts import Mails
from apps.auth.service.guesses import Guesses
from apps.auth.service.sessions import SignInSessions
from apps.kit.clock import Clock
from apps.kit.wrapping import KeyWrap


@dataclass(frozen=True)
class Enrolment:
    """What a telephone needs to make codes; shown once."""

    seed: str
    uri: str


class SecondFactors:
    """Codes by time, and on paper."""

    def __init__(
        self,
        open_work: OpenWork,
        codes: Codes,
        wrap: KeyWrap,
        tokens: Tokens,
        guesses: Guesses,
        sessions: SignInSessions,
        mails: Mails,
        *,
        clock: Clock,
    ) -> None:
        self._open_work = open_work
        self._codes = codes
        self._wrap = wrap
        self._tokens = tokens
        self._guesses = guesses
        self._sessions = sessions
        self._mails = mails
        self._clock = clock

    def enrol(self, user_id: UserId, session_id: SessionId) -> Enrolment:
        """Begin: a seed, which counts only once it is confirmed; shortly after a proof."""
        seed = self._codes.new_seed()
        with self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            known = work.factors.lock_totp(user_id)
            if known is not None and known.confirmed_at is not None:
                raise SecondFactorExistsError("take the present one away first")
            work.factors.save_totp(Totp(user_id, self._wrap.wrap(seed.encode(), _context(user_id))))
            return Enrolment(seed, self._codes.uri(seed, work.users.get(user_id).email))

    def confirm(self, user_id: UserId, session_id: SessionId, code: str) -> Sequence[str]:
        """The telephone has the seed: from now on a code is asked for. The codes for paper, shown once."""
        with self._guesses.factor("totp", user_id), self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            totp = work.factors.lock_totp(user_id)
            if totp is None:
                raise NoSecondFactorError("begin with /auth/mfa/totp/enrol")
            if totp.confirmed_at is not None:
                raise SecondFactorExistsError("it is confirmed already")
            work.factors.save_totp(self._used(totp, code).confirmed(self._clock()))
            self._tell(work, work.users.get(user_id), "A second factor was added to your account.")
            return self._fresh_codes(work, user_id)

    def remove(self, user_id: UserId, session_id: SessionId) -> None:
        """Take the second factor away, with its codes; shortly after a proof."""
        with self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            work.factors.delete_totp(user_id)
            user = work.users.get(user_id)
            self._tell(work, user, "The second factor of your account was taken away.")

    def renew_recovery(self, user_id: UserId, session_id: SessionId) -> Sequence[str]:
        """Other codes for paper; the old ones are good no more."""
        with self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            if not self.active(work, user_id):
                raise NoSecondFactorError("there is nothing to recover")
            return self._fresh_codes(work, user_id)

    def check_needed(self, work: AuthWork, user: User, proof: Proof) -> None:
        """SecondFactorNeededError, with a challenge, for a user who has a second factor."""
        if self.active(work, user.id):
            challenge = Challenge(user.id, proof, self._clock() + CHALLENGE_LIFE)
            raise SecondFactorNeededError(self._tokens.challenge(challenge))

    def by_code(self, challenge: str, code: str, client: Client) -> TokenPair:
        """Open a session by a first proof and a code of the telephone, which is good once."""
        shown = self._read(challenge)
        with self._guesses.factor("totp", shown.user_id), self._open_work() as work:
            self.show(work, shown.user_id, code)
            return self._open(work, shown, client, Proof.OTP)

    def by_recovery(self, challenge: str, code: str, client: Client) -> TokenPair:
        """Open a session by a first proof and a code on paper, which is good once."""
        shown = self._read(challenge)
        with self._guesses.factor("recovery", shown.user_id), self._open_work() as work:
            if not work.factors.take_recovery(shown.user_id, digest_of(code)):
                raise SecondFactorRefusedError("the code is wrong, or was used")
            user = work.users.get(shown.user_id)
            self._tell(work, user, "Somebody signed in by one of your recovery codes.")
            return self._open(work, shown, client, Proof.RECOVERY)

    def show(self, work: AuthWork, user_id: UserId, code: str) -> None:
        """Use a code of the telephone up; SecondFactorRefusedError if it is not good."""
        totp = work.factors.lock_totp(user_id)
        if totp is None or totp.confirmed_at is None:
            raise SecondFactorRefusedError("there is no second factor")
        work.factors.save_totp(self._used(totp, code))

    def active(self, work: AuthWork, user_id: UserId) -> bool:
        """Whether a user has a second factor."""
        totp = work.factors.lock_totp(user_id)
        return totp is not None and totp.confirmed_at is not None

    def _open(self, work: AuthWork, shown: Challenge, client: Client, second: Proof) -> TokenPair:
        user = work.users.get(shown.user_id)
        return self._sessions.open(work, user, client, (shown.proof, second))

    def _read(self, challenge: str) -> Challenge:
        shown = self._tokens.read_challenge(challenge)
        if shown is None or shown.expires_at < self._clock():
            raise SecondFactorRefusedError("the challenge is too old; begin again")
        return shown

    def _used(self, totp: Totp, code: str) -> Totp:
        seed = self._wrap.unwrap(totp.wrapped_seed, _context(totp.user_id)).decode()
        return totp.used(code, seed, self._codes.code, self._clock())

    def _fresh_codes(self, work: AuthWork, user_id: UserId) -> Sequence[str]:
        codes = [self._codes.recovery_code() for _ in range(RECOVERY_CODES)]
        work.factors.replace_recovery(user_id, [digest_of(code) for code in codes])
        return codes

    def _tell(self, work: AuthWork, user: User, said: str) -> None:
        work.trail.note(What.FACTORS_CHANGED, user.id, said=said)
        work.letters.add(letter.notice(user.email, "Your second factor", said, self._mails.site))


def _context(user_id: UserId) -> str:
    return f"totp {user_id}"
