"""Signing in, by password or by a link; and passwords that are forgotten or changed."""

from apps.auth.domain import letter
from apps.auth.domain.factor import SecondFactorNeededError
from apps.auth.domain.one_time import Purpose
from apps.auth.domain.session import Client, Proof, SessionId
from apps.auth.domain.token import TokenPair
from apps.auth.domain.trail import What
from apps.auth.domain.user import LoginRefusedError, User, UserId, normal_email
from apps.auth.ports.outside import Passwords
from apps.auth.ports.stores import AuthWork, OpenWork
from apps.auth.service.accounts import Accounts, Mails
from apps.auth.service.guesses import Guesses
from apps.auth.service.second_factor import SecondFactors
from apps.auth.service.sessions import SignInSessions
from apps.kit.clock import Clock

_CHANGED = "The password of your account was changed."


class SignIn:
    """Every proof that somebody can show, and what it opens."""

    def __init__(
        self,
        open_work: OpenWork,
        passwords: Passwords,
        accounts: Accounts,
        mails: Mails,
        guesses: Guesses,
        sessions: SignInSessions,
        factors: SecondFactors,
        *,
        clock: Clock,
    ) -> None:
        self._factors = factors
        self._open_work = open_work
        self._passwords = passwords
        self._accounts = accounts
        self._mails = mails
        self._guesses = guesses
        self._sessions = sessions
        self._clock = clock

    def by_password(
        self, email: str, password: str, client: Client, device: str | None = None
    ) -> TokenPair:
        """Open a session; LoginRefusedError without a word on what was wrong.

        `device` is the token of a device that signed in before: strangers' guesses do not slow it down.
        """
        user = self._tried(email, password, client, device)
        with self._open_work() as work:
            self._factors.check_needed(work, user, Proof.PASSWORD)
            return self._sessions.open(work, user, client, (Proof.PASSWORD,), device)

    def step_up(
        self,
        user_id: UserId,
        session_id: SessionId,
        password: str,
        code: str | None,
        client: Client,
    ) -> TokenPair:
        """Show the proofs again, for what a session alone may not do; the session's next tokens."""
        user = self._tried(self._accounts.get(user_id).email, password, client, None)
        with self._guesses.factor("totp", user_id), self._open_work() as work:
            if self._factors.active(work, user_id):
                self._factors.show(work, user_id, code or "")
            return self._sessions.prove(work, user, session_id, Proof.PASSWORD)

    def ask_link(self, email: str) -> None:
        """Send a link that signs in; silent about an address that has no account."""
        self._send(email, Purpose.LOGIN)

    def by_link(self, secret: str, client: Client) -> TokenPair:
        """Open a session by a link; that also verifies the address it was sent to."""
        with self._open_work() as work:
            user = self._mails.take(work, secret, Purpose.LOGIN).verified(self._clock())
            work.users.save(user)
            needed = self._needed(work, user, Proof.MAIL)
            if needed is None:
                return self._sessions.open(work, user, client, (Proof.MAIL,))
        # After the commit: the link is used up, and the address verified.
        raise needed

    def forgot(self, email: str) -> None:
        """Send a link to a new password; silent about an address that has no account."""
        self._send(email, Purpose.RESET)

    def reset(self, secret: str, password: str) -> None:
        """A new password by a link: all sessions end, and password guesses count anew."""
        hashed = self._passwords.hash(password)
        with self._open_work() as work:
            user = self._mails.take(work, secret, Purpose.RESET)
            self._accounts.check_password(password, user.email)
            user = user.verified(self._clock())
            self._change(work, user, hashed, keep=None)
        self._guesses.forget(user.email)

    def change(
        self, user_id: UserId, session_id: SessionId, current: str, new: str, client: Client
    ) -> None:
        """A new password by the old one; all other sessions end."""
        user = self._tried(self._accounts.get(user_id).email, current, client, None)
        self._accounts.check_password(new, user.email)
        hashed = self._passwords.hash(new)
        with self._open_work() as work:
            self._change(work, work.users.get(user_id), hashed, keep=session_id)

    def _needed(self, work: AuthWork, user: User, proof: Proof) -> SecondFactorNeededError | None:
        try:
            self._factors.check_needed(work, user, proof)
        except SecondFactorNeededError as needed:
            return needed
        return None

    def _tried(self, email: str, password: str, client: Client, device: str | None) -> User:
        """The user whose password this is; LoginRefusedError, and as slow, for nobody."""
        with self._open_work() as work:
            user = work.users.find(normal_email(email))
        with self._guesses.at(email, user.id if user else None, client, device):
            # Outside the transaction: a hash takes 20 ms, and connections are few.
            if not self._passwords.matches(password, user.password_hash if user else None):
                self._failed(user, client)
                raise LoginRefusedError("the e-mail or the password is wrong")
        assert user is not None
        assert user.password_hash is not None
        if self._passwords.outdated(user.password_hash):
            self._rehash(user, password)
        return user

    def _failed(self, user: User | None, client: Client) -> None:
        with self._open_work() as work:
            if user is not None:
                work.trail.note(What.SIGN_IN_FAILED, user.id, network=client.prefix)

    def _rehash(self, user: User, password: str) -> None:
        hashed = self._passwords.hash(password)
        with self._open_work() as work:
            current = work.users.get(user.id)
            if current.password_hash == user.password_hash:
                changed = current.password_changed_at or current.created_at
                work.users.save(current.with_password(hashed, changed))

    def _send(self, email: str, purpose: Purpose) -> None:
        self._guesses.mail(email)
        with self._open_work() as work:
            user = work.users.find(normal_email(email))
            if user is not None:
                self._mails.send_link(work, user, purpose)
                if purpose is Purpose.RESET:
                    work.trail.note(What.RESET_ASKED, user.id)

    def _change(self, work: AuthWork, user: User, hashed: str, keep: SessionId | None) -> None:
        work.users.save(user.with_password(hashed, self._clock()))
        work.trail.note(What.PASSWORD_CHANGED, user.id)
        self._sessions.end_all(work, user.id, "password changed", keep)
        work.letters.add(letter.notice(user.email, "Your password", _CHANGED, self._mails.site))
