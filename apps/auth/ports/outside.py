"""What auth needs of others: hashes, counters, tokens, devices, providers, mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from apps.auth.domain.factor import Challenge
from apps.auth.domain.guessing import Limit
from apps.auth.domain.identity import Person
from apps.auth.domain.letter import Letter
from apps.auth.domain.passkey import Passkey
from apps.auth.domain.session import Session, SessionId
from apps.auth.domain.user import User, UserId

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


class Provider(Protocol):
    """Somebody who knows who people are: Google, GitHub."""

    def authorize_url(self, state: str, nonce: str, challenge: str) -> str:
        """The page where somebody says yes."""
        ...

    def check_issuer(self, issuer: str | None) -> None:
        """ProviderRefusedError for an answer of another issuer."""
        ...

    def person(self, code: str, verifier: str, nonce: str) -> Person:
        """Who somebody is; ProviderRefusedError for a code that is not good, UnavailableError when away."""
        ...


@dataclass(frozen=True)
class Made:
    """The public half of a key that a device has made."""

    id: str
    public_key: bytes
    sign_count: int
    backed_up: bool


@dataclass(frozen=True)
class Signed:
    """How often a key has signed by now, and whether it lies elsewhere, too."""

    sign_count: int
    backed_up: bool


class Authenticators(Protocol):
    """Devices that make keys, recognise their owner, and sign."""

    def registration(
        self, challenge: bytes, user: User, known: Sequence[Passkey]
    ) -> Mapping[str, Any]:
        """What a browser needs to make a key."""
        ...

    def login(self, challenge: bytes) -> Mapping[str, Any]:
        """What a browser needs to sign by any key."""
        ...

    def challenge_of(self, credential: Mapping[str, Any]) -> bytes:
        """The challenge that a device says it answers; PasskeyRefusedError for nonsense."""
        ...

    def made(self, credential: Mapping[str, Any], challenge: bytes) -> Made:
        """The key that a device has made; PasskeyNotAddedError if its answer is not good."""
        ...

    def signed(self, credential: Mapping[str, Any], challenge: bytes, passkey: Passkey) -> Signed:
        """That a key signed; PasskeyRefusedError if not, ClonedError if it counts backwards."""
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
