"""The audit trail: each event carries the hash of the one before, so that none can be changed or taken out."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from apps.auth.domain.user import UserId

BEGINNING = "0" * 64


class What(StrEnum):
    """What happened to an account."""

    REGISTERED = "registered"
    EMAIL_VERIFIED = "email-verified"
    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    STEPPED_UP = "stepped-up"
    REFRESH_REUSED = "refresh-reused"
    SESSION_REVOKED = "session-revoked"
    RESET_ASKED = "reset-asked"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - an event's name
    FACTORS_CHANGED = "factors-changed"
    ROLES_GRANTED = "roles-granted"
    EXPORTED = "exported"
    DELETED = "deleted"
    ERASED = "erased"


@dataclass(frozen=True)
class Event:
    """One line of the trail; it holds no secret and, beside the user's id, nothing of a person."""

    number: int
    at: datetime
    what: What
    user_id: UserId
    detail: Mapping[str, str]
    before: str
    hash: str

    @classmethod
    def after(
        cls,
        last: "Event | None",
        at: datetime,
        what: What,
        user_id: UserId,
        detail: Mapping[str, str],
    ) -> "Event":
        """The next event of the trail."""
        number, before = (last.number + 1, last.hash) if last else (1, BEGINNING)
        return cls(
            number,
            at,
            what,
            user_id,
            detail,
            before,
            _hash(number, at, what, user_id, detail, before),
        )

    @property
    def true(self) -> bool:
        """Whether its hash is that of what it says."""
        said = _hash(self.number, self.at, self.what, self.user_id, self.detail, self.before)
        return said == self.hash


def first_break(events: Iterable[Event]) -> int | None:
    """The number of the first event that was changed, or follows one that was taken out."""
    number, before = 1, BEGINNING
    for event in events:
        if not event.true or (event.number, event.before) != (number, before):
            return number
        number, before = number + 1, event.hash
    return None


def _hash(
    number: int, at: datetime, what: What, user_id: UserId, detail: Mapping[str, str], before: str
) -> str:
    said = [number, at.astimezone(UTC).isoformat(), what, str(user_id), dict(detail), before]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
