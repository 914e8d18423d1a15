"""Accounts, sessions and passwords."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr

from apps.auth.domain.session import Session, SessionId
from apps.auth.domain.token import TokenPair
from apps.auth.domain.user import User
from apps.auth.schemas.fields import Asked, Code, Device, Email, Password, Secret
from apps.auth.service.accounts import Export
from apps.kit.identity import Role


class Credentials(Asked):
    """Who somebody claims to be, and the proof."""

    email: Email
    password: Password


class Login(Credentials):
    """Credentials, a name for the device, and the token it got when it signed in before."""

    device: Device = "unknown device"
    device_token: Secret | None = None


class Address(Asked):
    """An address to send a mail to."""

    email: Email


class Link(Asked):
    """The secret of a link in a mail."""

    token: Secret


class LinkLogin(Link):
    """The secret of a link that signs in, and a name for the device."""

    device: Device = "unknown device"


class Reset(Link):
    """The secret of a link, and the new password."""

    password: Password


class PasswordChange(Asked):
    """The password as it is, and as it is to be."""

    current: Password
    password: Password


class PasswordProof(Asked):
    """The password once more, and a code where there is a second factor."""

    password: Password
    code: Code | None = None


class RefreshToken(Asked):
    """The token to refresh or to end."""

    refresh_token: SecretStr = Field(max_length=200)


class Roles(Asked):
    """Exactly the roles a user is to have; everybody is a viewer."""

    roles: set[Role] = Field(max_length=3)


class Accepted(BaseModel):
    """The same for a new and for a known address."""

    status: str = "accepted"


class Tokens(BaseModel):
    """An access token and the refresh token for the next one."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds")
    device_token: str | None = Field(
        default=None,
        description="Show it at the next sign-in: a known device is not slowed down by others' guesses",
    )

    @classmethod
    def of(cls, pair: TokenPair) -> "Tokens":
        """The body of a pair."""
        return cls(
            access_token=pair.access,
            refresh_token=pair.refresh,
            expires_in=pair.expires_in_seconds,
            device_token=pair.device or None,
        )


class UserBody(BaseModel):
    """An account."""

    id: UUID
    email: str
    email_verified: bool
    roles: list[Role]
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> "UserBody":
        """The body of a user."""
        verified = user.email_verified_at is not None
        return cls(
            id=user.id,
            email=user.email,
            email_verified=verified,
            roles=sorted(user.roles),
            created_at=user.created_at,
        )


class SessionBody(BaseModel):
    """A sign-in on one device."""

    id: UUID
    device: str
    network: str = Field(description="As much of the address as is kept", examples=["192.0.2.0/24"])
    created_at: datetime
    last_used_at: datetime
    proofs: list[str]
    current: bool = Field(description="Whether it is the one that asks")

    @classmethod
    def of(cls, session: Session, current: SessionId | None) -> "SessionBody":
        """The body of a session."""
        return cls(
            id=session.id,
            device=session.device,
            network=session.ip_prefix,
            created_at=session.created_at,
            last_used_at=session.rotated_at,
            proofs=list(session.proofs),
            current=session.id == current,
        )


class SessionList(BaseModel):
    """All of a user's sessions; there are at most ten."""

    items: list[SessionBody]


class AccountEvent(BaseModel):
    """Something that happened to the account."""

    at: datetime
    what: str
    detail: Mapping[str, str]


class ExportBody(BaseModel):
    """All that auth knows of a person."""

    user: UserBody
    sessions: list[SessionBody]
    events: list[AccountEvent]

    @classmethod
    def of(cls, export: Export) -> "ExportBody":
        """The body of an export."""
        return cls(
            user=UserBody.of(export.user),
            sessions=[SessionBody.of(session, None) for session in export.sessions],
            events=[AccountEvent(at=e.at, what=e.what, detail=e.detail) for e in export.events],
        )


class Jwks(BaseModel):
    """The public keys of access tokens (RFC 7517)."""

    keys: list[dict[str, Any]]
