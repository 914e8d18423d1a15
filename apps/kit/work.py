"""The unit of work: what a use case changes, its facts, and the key that makes it happen once."""

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from apps.contracts.fact import Fact
from apps.kit import outbox
from apps.kit.errors import UnprocessableError

_keys = sa.table(
    "idempotency",
    *(sa.column(name, sa.Text) for name in ("owner", "key", "request_hash", "resource")),
)


@dataclass(frozen=True)
class IdempotencyKey:
    """A caller's name for one attempt, and a hash of what was asked under it."""

    owner: str
    key: str
    request_hash: str


def idempotency(owner: object, key: str | None, *asked: object) -> IdempotencyKey | None:
    """The key of a request, or None where the caller gave none."""
    if key is None:
        return None
    digest = hashlib.sha256(repr(asked).encode()).hexdigest()
    return IdempotencyKey(str(owner), key, digest)


class Work:
    """One open transaction of one service; its stores hang on to the same connection."""

    def __init__(self, connection: sa.Connection, schema: str) -> None:
        self.connection = connection
        self._schema = schema

    def announce(self, fact: Fact) -> None:
        """Let a fact leave with this transaction."""
        outbox.announce(self.connection, self._schema, fact)

    def remembered(self, key: IdempotencyKey | None) -> str | None:
        """The resource an earlier attempt made under this key; 422 if it asked for something else."""
        if key is None:
            return None
        # The lock makes two simultaneous attempts wait for one another.
        lock = sa.func.hashtextextended(f"{key.owner} {key.key}", 0)
        self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
        found = self.connection.execute(
            sa.select(_keys).where(_keys.c.owner == key.owner, _keys.c.key == key.key)
        ).one_or_none()
        if found is None:
            return None
        if found.request_hash != key.request_hash:
            raise UnprocessableError("this Idempotency-Key was used for another request")
        return str(found.resource)

    def remember(self, key: IdempotencyKey | None, resource: object) -> None:
        """Keep what this attempt made under its key."""
        if key is not None:
            row = {**vars(key), "resource": str(resource)}
            self.connection.execute(insert(_keys).values(row).on_conflict_do_nothing())
