"""Opening an account, knowing its address, and closing it."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.auth.domain import letter
from apps.auth.domain.one_time import OneTime, OneTimeRefusedError, Purpose, digest_of
from apps.auth.domain.session import Client, Session, SessionId
from apps.auth.domain.trail import Event, What
from apps.auth.domain.user import PasswordRefusedError, User, UserId, check_own_words, normal_email
from apps.auth.ports.outside import KnownPasswords, NewSecret, Passwords
from apps.auth.ports.stores import AuthWork, OpenWork
from apps.auth.service.guesses import Guesses
from apps.auth.service.sessions import SignInSessions
from apps.contracts.auth import UserDeleted, UserRegistered
from apps.contracts.playback import PlaybackErased
from apps.contracts.profiles import ProfilesErased
from apps.kit.clock import Clock, NewId
from apps.kit.identity import Role


@dataclass(frozen=True)
class Export:
    """All that auth knows of a person."""

    user: User
    sessions: Sequence[Session]
    events: Sequence[Event]


class Mails:
    """Letters with a secret in them."""

    def __init__(self, site: str, new_secret: NewSecret, clock: Clock) -> None:
        self.site = site
        self._new_secret = new_secret
        self._clock = clock

    def send_link(self, work: AuthWork, user: User, purpose: Purpose) -> None:
        """A link that is good once; earlier ones for the same purpose are good no more."""
        secret = self._new_secret()
        work.one_times.add(OneTime.of(secret, purpose, user.id, self._clock()))
        work.letters.add(letter.link(user.email, purpose, secret, self.site))

    def take(self, work: AuthWork, secret: str, purpose: Purpose) -> User:
        """The user of a link, which this uses up; OneTimeRefusedError if it is not good."""
        found = work.one_times.take(digest_of(secret), purpose)
        if found is None or found.expires_at < self._clock():
            raise OneTimeRefusedError("ask for another link")
        return work.users.get(found.user_id)


class Accounts:
    """Accounts, from the first mail to the last."""

    def __init__(
        self,
        open_work: OpenWork,
        passwords: Passwords,
        refused: Sequence[KnownPasswords],
        mails: Mails,
        guesses: Guesses,
        sessions: SignInSessions,
        *,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._open_work = open_work
        self._passwords = passwords
        self._refused = refused
        self._mails = mails
        self._guesses = guesses
        self._sessions = sessions
        self._clock = clock
        self._new_id = new_id

    def sign_up(self, email: str, password: str, client: Client) -> None:
        """Open an account; the answer is the same for an address that has one, and the mail says which."""
        self._guesses.sign_up(client)
        user = self._made(email, password)
        with self._open_work() as work:
            if self._add(work, user):
                self._mails.send_link(work, user, Purpose.VERIFY)
            else:
                work.letters.add(letter.known_address(user.email, self._mails.site))

    def verify(self, secret: str) -> None:
        """The address of an account is its owner's; OneTimeRefusedError for a link that is not good."""
        with self._open_work() as work:
            user = self._mails.take(work, secret, Purpose.VERIFY)
            work.users.save(user.verified(self._clock()))
            work.trail.note(What.EMAIL_VERIFIED, user.id)

    def resend(self, email: str) -> None:
        """Another link to an address that is not verified yet; silent about all others."""
        self._guesses.mail(email)
        with self._open_work() as work:
            user = work.users.find(normal_email(email))
            if user is not None and user.email_verified_at is None:
                self._mails.send_link(work, user, Purpose.VERIFY)

    def get(self, user_id: UserId) -> User:
        """An account; UserNotFoundError if it is gone."""
        with self._open_work() as work:
            return work.users.get(user_id)

    def grant(self, user_id: UserId, roles: frozenset[Role]) -> User:
        """Give a user exactly these roles; the next access token carries them."""
        with self._open_work() as work:
            user = work.users.get(user_id).granted(roles)
            work.users.save(user)
            work.trail.note(What.ROLES_GRANTED, user.id, roles=" ".join(sorted(user.roles)))
        return user

    def make_operator(self, email: str, password: str) -> User:
        """The first operator, from the command line: made, or raised from an existing account."""
        user = self._made(email, password).verified(self._clock())
        with self._open_work() as work:
            if not self._add(work, user):
                found = work.users.find(user.email)
                assert found is not None
                user = found
        return self.grant(user.id, frozenset({Role.OPERATOR, Role.STUDIO}))

    def check_password(self, password: str, email: str) -> None:
        """PasswordRefusedError for one that attackers try first."""
        check_own_words(password, email)
        if any(known.contains(password) for known in self._refused):
            raise PasswordRefusedError("this password is on lists that attackers try first")

    def export(self, user_id: UserId, session_id: SessionId | None) -> Export:
        """All that is known of a user, to the user alone, shortly after a proof."""
        with self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            work.trail.note(What.EXPORTED, user_id)
            sessions, events = work.sessions.lock_all(user_id), work.trail.of(user_id)
            return Export(work.users.get(user_id), sessions, events)

    def delete(self, user_id: UserId, session_id: SessionId | None) -> None:
        """Close an account for good, shortly after a proof; every service forgets it."""
        with self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            user = work.users.get(user_id)
            said = "Your account and all that belonged to it are being deleted."
            work.letters.add(letter.notice(user.email, "Goodbye", said, self._mails.site))
            self._forget(work, user, "deleted")

    def made_elsewhere(self, work: AuthWork, email: str) -> User:
        """An account without a password, whose address a provider has verified; in a transaction at hand."""
        user = self._viewer(email, None).verified(self._clock())
        self._add(work, user)
        return user

    def discard(self, work: AuthWork, user: User) -> None:
        """An account whose address was never verified goes, because its real owner has come."""
        self._forget(work, user, "never verified", reason="never verified")

    def confirm_erased(self, fact: PlaybackErased | ProfilesErased) -> None:
        """A service has forgotten somebody; once, however often it says so."""
        by = fact.topic.partition(".")[0]
        with self._open_work() as work:
            known = work.trail.of(UserId(fact.user_id))
            if (What.ERASED, by) not in [(event.what, event.detail.get("by")) for event in known]:
                work.trail.note(What.ERASED, UserId(fact.user_id), by=by)

    def _made(self, email: str, password: str) -> User:
        self.check_password(password, email)
        return self._viewer(email, self._passwords.hash(password))

    def _viewer(self, email: str, password_hash: str | None) -> User:
        return User(
            id=UserId(self._new_id()),
            email=normal_email(email),
            password_hash=password_hash,
            roles=frozenset({Role.VIEWER}),
            created_at=self._clock(),
        )

    def _forget(self, work: AuthWork, user: User, why: str, **detail: str) -> None:
        self._sessions.end_all(work, user.id, why)
        work.trail.note(What.DELETED, user.id, **detail)
        work.users.delete(user.id)
        work.announce(UserDeleted(sequence=2, user_id=user.id))

    def _add(self, work: AuthWork, user: User) -> bool:
        if not work.users.add(user):
            return False
        work.trail.note(What.REGISTERED, user.id)
        work.announce(UserRegistered(sequence=1, user_id=user.id))
        return True
