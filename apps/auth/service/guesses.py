"""Guesses at passwords, counted before they are tried."""

from collections.abc import Iterator
from contextlib import contextmanager

from apps.auth.domain.device import UserCodeNotFoundError
from apps.auth.domain.factor import SecondFactorRefusedError
from apps.auth.domain.guessing import Limit
from apps.auth.domain.session import Client
from apps.auth.domain.user import LoginRefusedError, UserId, normal_email
from apps.auth.ports.outside import Throttle, Tokens

LOGINS = (Limit(20, 600), Limit(100, 3600))
SIGN_UPS = (Limit(10, 3600),)
DEVICES = (Limit(20, 3600),)
MAILS = (Limit(5, 3600),)
# What a wrong guess looks like, whatever was guessed.
WRONG = (LoginRefusedError, SecondFactorRefusedError, UserCodeNotFoundError)


class Guesses:
    """Two counts of every guess: one per network, one per account; a known device has one of its own."""

    def __init__(self, throttle: Throttle, tokens: Tokens, network_factor: int) -> None:
        self._throttle = throttle
        self._tokens = tokens
        self._logins = [limit.times(network_factor) for limit in LOGINS]
        self._devices = [limit.times(network_factor) for limit in DEVICES]
        self._sign_ups = [limit.times(network_factor) for limit in SIGN_UPS]

    @contextmanager
    def at(
        self, email: str, user_id: UserId | None, client: Client, device: str | None
    ) -> Iterator[None]:
        """A block that tries the password of an address; it raises LoginRefusedError for a wrong one."""
        network = f"login:{client.network}"
        known = self._tokens.read_device(device) if device else None
        key = f"password:{normal_email(email)}"
        if known is not None and known[0] == user_id:
            key += f":{known[1]}"
        self._throttle.spend(network, self._logins)
        wrong = False
        try:
            with self._turn(key):
                yield
        except LoginRefusedError:
            wrong = True
            raise
        finally:
            if not wrong:
                self._throttle.refund(network, self._logins)

    @contextmanager
    def factor(self, kind: str, user_id: UserId) -> Iterator[None]:
        """A block that tries a code; each kind of factor has a count of its own."""
        with self._turn(f"{kind}:{user_id}"):
            yield

    @contextmanager
    def _turn(self, key: str) -> Iterator[None]:
        self._throttle.begin(key)
        right: bool | None = None
        try:
            yield
            right = True
        except WRONG:
            right = False
            raise
        finally:
            self._throttle.end(key, right=right)

    def sign_up(self, client: Client) -> None:
        """Count a sign-up; GuessingRefusedError for one too many of a network."""
        self._throttle.spend(f"signup:{client.network}", self._sign_ups)

    def device(self, client: Client) -> None:
        """Count a code for a television; GuessingRefusedError for one too many of a network."""
        self._throttle.spend(f"device:{client.network}", self._devices)

    def mail(self, email: str) -> None:
        """Count a mail that somebody asked for; GuessingRefusedError for one too many to an address."""
        self._throttle.spend(f"mail:{normal_email(email)}", MAILS)

    def forget(self, email: str) -> None:
        """The password is another one: guesses at the old one count no more."""
        self._throttle.forget(f"password:{normal_email(email)}")
