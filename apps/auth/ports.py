"""What auth needs from outside."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

from apps.auth.domain.factor import Challenge, Totp
from apps.auth.domain.guessing import Limit
from apps.auth.domain.letter import Letter
from apps.auth.domain.one_time import OneTime, Purpose
from apps.auth.domain.session import Session, SessionId
from apps.auth.domain.token import SigningKey
from apps.auth.domain.trail import Event, What
from apps.auth.domain.user import User, UserId
from apps.contracts.fact import Fact


class Users(Protocol):
    """All accounts."""

    def add(self, user: User) -> bool:
        """Keep a new user; False if the address is taken."""
        ...

    def save(self, user: User) -> None:
        """Keep a changed user."""
        ...

    def get(self, user_id: UserId) -> User:
        """The user; UserNotFoundError if there is none."""
        ...

    def find(self, email: str) -> User | None:
        """The user of a normal address."""
        ...

    def delete(self, user_id: UserId) -> None:
        """Forget a user, with all that hangs on them."""
        ...


class Sessions(Protocol):
    """All sign-in sessions."""

    def save(self, session: Session) -> None:
        """Keep a new or changed session."""
        ...

    def lock(self, session_id: SessionId) -> Session | None:
        """The session, held until the transaction ends."""
        ...

    def lock_all(self, user_id: UserId) -> Sequence[Session]:
        """A user's sessions that were not ended, oldest first, held until the transaction ends."""
        ...


class OneTimes(Protocol):
    """Secrets that are out in mails."""

    def add(self, one_time: OneTime) -> None:
        """Keep a new one; earlier ones of the same user and purpose are good no more."""
        ...

    def take(self, digest: str, purpose: Purpose) -> OneTime | None:
        """The one of a hash, used up by this; None if it is unknown."""
        ...


class Letters(Protocol):
    """Mails on their way; they leave after the commit."""

    def add(self, letter: Letter) -> None:
        """Send a letter with this transaction."""
        ...


class Factors(Protocol):
    """Second factors."""

    def lock_totp(self, user_id: UserId) -> Totp | None:
        """A user's seed, held until the transaction ends."""
        ...

    def save_totp(self, totp: Totp) -> None:
        """Keep a new or changed seed."""
        ...

    def delete_totp(self, user_id: UserId) -> None:
        """Forget a user's seed, and their codes on paper."""
        ...

    def replace_recovery(self, user_id: UserId, digests: Sequence[str]) -> None:
        """Keep the hashes of a user's codes on paper, in the place of earlier ones."""
        ...

    def take_recovery(self, user_id: UserId, digest: str) -> bool:
        """Use a code on paper up; False if the user has no such code."""
        ...


class Trail(Protocol):
    """The audit trail."""

    def note(self, what: What, user_id: UserId, **detail: str) -> None:
        """Add an event to the end."""
        ...

    def of(self, user_id: UserId) -> Sequence[Event]:
        """The events of one user, oldest first."""
        ...

    def all(self) -> Iterator[Event]:
        """Every event, oldest first."""
        ...


class SigningKeys(Protocol):
    """The keys for access tokens."""

    def newest(self, count: int) -> Sequence[SigningKey]:
        """The newest keys first, held until the transaction ends."""
        ...

    def add(self, key: SigningKey) -> None:
        """Keep a new key."""
        ...


class AuthWork(Protocol):
    """One transaction."""

    @property
    def users(self) -> Users:
        """All accounts."""
        ...

    @property
    def sessions(self) -> Sessions:
        """All sign-in sessions."""
        ...

    @property
    def one_times(self) -> OneTimes:
        """Secrets that are out in mails."""
        ...

    @property
    def letters(self) -> Letters:
        """Mails on their way."""
        ...

    @property
    def factors(self) -> Factors:
        """Second factors."""
        ...

    @property
    def trail(self) -> Trail:
        """The audit trail."""
        ...

    @property
    def keys(self) -> SigningKeys:
        """The keys for access tokens."""
        ...

    def announce(self, fact: Fact) -> None:
        """Let a fact leave with this transaction."""
        ...


OpenWork = Callable[[], AbstractContextManager[AuthWork]]
NewSecret = Callable[[], str]


class Passwords(Protocol):
    """Slow hashes of passwords."""

    def hash(self, password: str) -> str:
        """A hash that may be stored."""
        ...

    def matches(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password; as slow for no hash at all."""
        ...

    def outdated(self, hashed: str) -> bool:
        """Whether a hash was made with weaker parameters than today's."""
        ...


class KnownPasswords(Protocol):
    """Passwords that attackers try first."""

    def contains(self, password: str) -> bool:
        """Whether it is one of them."""
        ...


class Throttle(Protocol):
    """Counters of guesses and requests, the same for every process."""

    def begin(self, key: str) -> None:
        """A guess at a secret starts; GuessingRefusedError if there may be none now."""
        ...

    def end(self, key: str, *, right: bool | None) -> None:
        """It was right, wrong, or (None) neither: something failed before that was known."""
        ...

    def spend(self, key: str, limits: Sequence[Limit]) -> None:
        """Count one request; GuessingRefusedError if that is one too many of any limit."""
        ...

    def refund(self, key: str, limits: Sequence[Limit]) -> None:
        """It need not have been counted."""
        ...

    def forget(self, key: str) -> None:
        """Start the count of guesses anew."""
        ...


class Tokens(Protocol):
    """Makes and reads the tokens that clients hold."""

    def access(self, user: User, session: Session) -> str:
        """A signed access token."""
        ...

    def refresh(self, session: Session) -> str:
        """The refresh token of the session's present generation."""
        ...

    def read_refresh(self, token: str) -> tuple[SessionId, int]:
        """The session and generation of a refresh token; RefreshRefusedError if it is not ours."""
        ...

    def challenge(self, challenge: Challenge) -> str:
        """A token that shows a first proof."""
        ...

    def read_challenge(self, token: str) -> Challenge | None:
        """What a challenge's token says; None if it is not ours."""
        ...

    def device(self, user_id: UserId, mark: UUID) -> str:
        """A token by which a device is known to have signed this user in before."""
        ...

    def read_device(self, token: str) -> tuple[UserId, UUID] | None:
        """The user and mark of a device's token; None if it is not ours."""
        ...


class Codes(Protocol):
    """Makes seeds and codes of second factors."""

    def new_seed(self) -> str:
        """A seed that a telephone can take."""
        ...

    def code(self, seed: str, step: int) -> str:
        """The code of one step of 30 seconds since 1970."""
        ...

    def uri(self, seed: str, email: str) -> str:
        """What the QR code for a telephone says."""
        ...

    def recovery_code(self) -> str:
        """A code for paper."""
        ...


class Mailer(Protocol):
    """Hands letters to a mail server."""

    def send(self, letter: Letter) -> None:
        """Return once the server has taken it; ConnectionError while it has not."""
        ...
