"""The bodies of auth's requests and answers."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from apps.auth.domain import TokenPair, User
from apps.kit.identity import Role


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(_Asked):
    """Who somebody claims to be, and the proof."""

    email: str = Field(
        max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", examples=["ada@example.com"]
    )
    password: SecretStr = Field(min_length=8, max_length=128)


class Login(Credentials):
    """Credentials, and a name for the device."""

    device: str = Field(default="unknown device", max_length=100)


class RefreshToken(_Asked):
    """The token to refresh or to end."""

    refresh_token: SecretStr = Field(max_length=200)


class Roles(_Asked):
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

    @classmethod
    def of(cls, pair: TokenPair) -> "Tokens":
        """The body of a pair."""
        return cls(
            access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.expires_in_seconds
        )


class UserBody(BaseModel):
    """An account."""

    id: UUID
    email: str
    roles: list[Role]

    @classmethod
    def of(cls, user: User) -> "UserBody":
        """The body of a user."""
        return cls(id=user.id, email=user.email, roles=sorted(user.roles))


class Jwks(BaseModel):
    """The public keys of access tokens (RFC 7517)."""

    keys: list[dict[str, Any]]
