"""Users, and the rules of their passwords."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NewType
from uuid import UUID

from apps.kit.errors import NotFoundError, UnauthorizedError, UnprocessableError
from apps.kit.identity import Role

UserId = NewType("UserId", UUID)


class LoginRefusedError(UnauthorizedError):
    """The e-mail or the password is wrong; which one is not said."""

    type = "login-refused"
    title = "The e-mail or the password is wrong"


class UserNotFoundError(NotFoundError):
    """No such user."""

    type = "user-not-found"


class PasswordRefusedError(UnprocessableError):
    """Too many people, or a breach, have used this password already."""

    type = "password-refused"
    title = "Choose another password"


@dataclass(frozen=True)
class User:
    """An account; its id is also that of its household's first profile."""

    id: UserId
    email: str
    password_hash: str | None
    roles: frozenset[Role]
    created_at: datetime
    email_verified_at: datetime | None = None
    password_changed_at: datetime | None = None

    def granted(self, roles: frozenset[Role]) -> "User":
        """The user with exactly these roles, and always a viewer."""
        return replace(self, roles=roles | {Role.VIEWER})

    def verified(self, now: datetime) -> "User":
        """The user, whose address is known to be theirs; the first proof stays."""
        return replace(self, email_verified_at=self.email_verified_at or now)

    def with_password(self, password_hash: str, now: datetime) -> "User":
        """The user with a new password."""
        return replace(self, password_hash=password_hash, password_changed_at=now)


def normal_email(email: str) -> str:
    """The form under which an address is known."""
    return email.strip().casefold()


def check_own_words(password: str, email: str) -> None:
    """PasswordRefusedError for a password that is made of the account's own name."""
    plain = password.casefold()
    name = normal_email(email).partition("@")[0]
    if plain in (normal_email(email), name, f"{name}{name}") or plain.startswith("marquee"):
        raise PasswordRefusedError("the password is the account's own name, or ours")
