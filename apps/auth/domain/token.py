"""What clients hold, and the keys that sign it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

PUBLISHED_LEAST = 2
# Longer than anybody keeps published keys, twice over: so long a key is known before it signs.
KNOWN_FIRST = timedelta(hours=2)


@dataclass(frozen=True)
class SigningKey:
    """A key pair for access tokens; the private half only ever lies wrapped."""

    key_id: str
    public_pem: str
    wrapped_private: str
    created_at: datetime


def signing_key(keys: Sequence[SigningKey], now: datetime) -> SigningKey:
    """Of all good keys, newest first, the one that signs now: the newest that everybody knows by now.

    Where none is known for that long (a new platform, or all others were denied), the oldest.
    """
    return next((key for key in keys if now - key.created_at >= KNOWN_FIRST), keys[-1])


@dataclass(frozen=True)
class TokenPair:
    """A short access token, the refresh token for the next, and the mark of a known device."""

    access: str
    refresh: str
    device: str
    expires_in_seconds: int
