"""Accounts elsewhere (Google, GitHub) by which somebody signs in here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.auth.domain.user import UserId
from apps.kit.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError

FLOW_LIFE = timedelta(minutes=10)


class ProviderNotFoundError(NotFoundError):
    """Nobody can sign in by a provider of this name here."""

    type = "provider-not-found"


class ProviderRefusedError(UnauthorizedError):
    """The provider, or what came back from it, does not say who somebody is."""

    type = "provider-refused"
    title = "Signing in there did not work; begin again"


class EmailUnverifiedError(ForbiddenError):
    """The provider does not know whether the address is theirs; sign in here first, and link the account."""

    type = "provider-email-unverified"
    title = "Your address is not verified there"


class IdentityTakenError(ConflictError):
    """The account elsewhere opens another account here."""

    type = "identity-taken"
    title = "It is linked to another account"


@dataclass(frozen=True)
class Person:
    """Who a provider says somebody is; known by issuer and subject, never by the address."""

    issuer: str
    subject: str
    email: str
    email_verified: bool


@dataclass(frozen=True)
class Identity:
    """An account elsewhere that opens one here."""

    issuer: str
    subject: str
    user_id: UserId
    provider: str
    created_at: datetime


@dataclass(frozen=True)
class Flow:
    """Somebody who is away at a provider; `binding` is what only their own browser knows."""

    digest: str
    provider: str
    binding_digest: str
    wrapped_verifier: str
    nonce: str
    user_id: UserId | None
    expires_at: datetime
