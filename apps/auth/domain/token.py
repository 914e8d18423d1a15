"""What clients hold, and the keys that sign it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SigningKey:
    """A key pair for access tokens; the private half only ever lies wrapped."""

    key_id: str
    public_pem: str
    wrapped_private: str
    created_at: datetime


@dataclass(frozen=True)
class TokenPair:
    """A short access token, the refresh token for the next, and the mark of a known device."""

    access: str
    refresh: str
    device: str
    expires_in_seconds: int
