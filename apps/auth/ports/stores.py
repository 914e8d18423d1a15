"""What auth keeps."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from apps.auth.domain.device import DeviceGrant
from apps.auth.domain.factor import Totp
from apps.auth.domain.identity import Flow, Identity
from apps.auth.domain.letter import Letter
from apps.auth.domain.one_time import OneTime, Purpose
from apps.auth.domain.passkey import Ceremony, Passkey
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


class Grants(Protocol):
    """Televisions that wait to be let in."""

    def add(self, grant: DeviceGrant) -> None:
        """Keep a new one; those that are too old go."""
        ...

    def save(self, grant: DeviceGrant) -> None:
        """Keep a changed one."""
        ...

    def lock(self, digest: str) -> DeviceGrant | None:
        """The one of a secret's hash, held until the transaction ends."""
        ...

    def lock_by_code(self, user_code: str) -> DeviceGrant | None:
        """The one that shows a code, held until the transaction ends."""
        ...

    def delete(self, digest: str) -> None:
        """Forget one."""
        ...


class Passkeys(Protocol):
    """All passkeys, and the challenges that are out."""

    def add(self, passkey: Passkey) -> bool:
        """Keep a new one; False if it is known."""
        ...

    def save(self, passkey: Passkey) -> None:
        """Keep a changed one."""
        ...

    def of(self, user_id: UserId) -> Sequence[Passkey]:
        """A user's passkeys, the oldest first."""
        ...

    def lock(self, passkey_id: str) -> Passkey | None:
        """A passkey, held until the transaction ends."""
        ...

    def delete(self, passkey_id: str) -> None:
        """Forget one."""
        ...

    def begin(self, ceremony: Ceremony) -> None:
        """Keep a challenge that goes out; those that are too old go."""
        ...

    def take(self, digest: str) -> Ceremony | None:
        """A challenge that is out, used up by this."""
        ...


class Identities(Protocol):
    """Accounts elsewhere, and those who are away there at the moment."""

    def add(self, identity: Identity) -> None:
        """Keep a new one."""
        ...

    def find(self, issuer: str, subject: str) -> Identity | None:
        """The one of a provider's subject."""
        ...

    def of(self, user_id: UserId) -> Sequence[Identity]:
        """A user's, the oldest first."""
        ...

    def begin(self, flow: Flow) -> None:
        """Somebody goes to a provider; those that are too old go."""
        ...

    def take(self, digest: str) -> Flow | None:
        """Somebody comes back; once."""
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

    def good(self, *, hold: bool = False) -> Sequence[SigningKey]:
        """The newest keys that were not denied, newest first; `hold`: nobody else makes one until the end."""
        ...

    def deny(self, key_id: str) -> bool:
        """What a key signed is good no more; False if there is no such key."""
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
    def grants(self) -> Grants:
        """Televisions that wait to be let in."""
        ...

    @property
    def passkeys(self) -> Passkeys:
        """All passkeys."""
        ...

    @property
    def identities(self) -> Identities:
        """Accounts elsewhere."""
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
