"""Secrets that are sent by mail: good once, for a short time, for one purpose."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from apps.auth.domain.user import UserId
from apps.kit.errors import UnprocessableError


class Purpose(StrEnum):
    """What a secret is good for."""

    VERIFY = "verify"
    RESET = "reset"
    LOGIN = "login"


LIFE = {
    Purpose.VERIFY: timedelta(hours=24),
    Purpose.RESET: timedelta(minutes=15),
    Purpose.LOGIN: timedelta(minutes=10),
}


class OneTimeRefusedError(UnprocessableError):
    """The link is unknown, used, or too old."""

    type = "link-refused"
    title = "This link is no longer good; ask for another"


@dataclass(frozen=True)
class OneTime:
    """A secret, of which only the hash is kept."""

    digest: str
    purpose: Purpose
    user_id: UserId
    expires_at: datetime

    @classmethod
    def of(cls, secret: str, purpose: Purpose, user_id: UserId, now: datetime) -> "OneTime":
        """A fresh one."""
        return cls(digest_of(secret), purpose, user_id, now + LIFE[purpose])


def digest_of(secret: str) -> str:
    """What is kept of a secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
