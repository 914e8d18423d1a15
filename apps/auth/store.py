"""Auth's rows: in as frozen dataclasses, and out again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from apps.auth.domain.factor import Totp
from apps.auth.domain.letter import Letter
from apps.auth.domain.one_time import OneTime, Purpose
from apps.auth.domain.session import Proof, Session, SessionId
from apps.auth.domain.token import SigningKey
from apps.auth.domain.trail import Event, What
from apps.auth.domain.user import User, UserId, UserNotFoundError
from apps.auth.rows import SqlGrants, SqlIdentities, SqlPasskeys
from apps.auth.tables import (
    letters,
    one_times,
    recovery_codes,
    sessions,
    signing_keys,
    totps,
    trail,
    users,
)
from apps.kit.clock import Clock
from apps.kit.database import Database
from apps.kit.identity import Role
from apps.kit.work import Work

Row = Mapping[Any, Any]
_TRAIL_LOCK = 727002
_BATCH = 1000
# The one that signs, its successor, and the one before, whose last tokens are still out.
_KEYS_SHOWN = 3
_KEY = ("key_id", "public_pem", "wrapped_private", "created_at")


class SqlUsers:
    """Users in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, user: User) -> bool:
        """Keep a new user; False if the address is taken."""
        row = {**vars(user), "roles": sorted(user.roles)}
        added = insert(users).values(row).on_conflict_do_nothing(index_elements=["email"])
        return self._connection.execute(added.returning(users.c.id)).first() is not None

    def save(self, user: User) -> None:
        """Keep a changed user."""
        row = {**vars(user), "roles": sorted(user.roles)}
        self._connection.execute(sa.update(users).where(users.c.id == user.id).values(row))

    def get(self, user_id: UserId) -> User:
        """The user; UserNotFoundError if there is none."""
        found = self._one(users.c.id == user_id)
        if found is None:
            raise UserNotFoundError(f"no user {user_id}")
        return found

    def find(self, email: str) -> User | None:
        """The user of a normal address."""
        return self._one(users.c.email == email)

    def delete(self, user_id: UserId) -> None:
        """Forget a user, with all that hangs on them."""
        self._connection.execute(sa.delete(users).where(users.c.id == user_id))

    def _one(self, where: sa.ColumnElement[bool]) -> User | None:
        row = self._connection.execute(sa.select(users).where(where)).mappings().one_or_none()
        if row is None:
            return None
        return User(**{**row, "roles": frozenset(Role(role) for role in row["roles"])})


class SqlSessions:
    """Sessions in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def save(self, session: Session) -> None:
        """Keep a new or changed session."""
        kept = insert(sessions).values(vars(session))
        self._connection.execute(
            kept.on_conflict_do_update(index_elements=["id"], set_=vars(session))
        )

    def lock(self, session_id: SessionId) -> Session | None:
        """The session, held until the transaction ends."""
        query = sa.select(sessions).where(sessions.c.id == session_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        return _session(row) if row else None

    def lock_all(self, user_id: UserId) -> Sequence[Session]:
        """A user's sessions that were not ended, oldest first, held until the transaction ends."""
        own = (sessions.c.user_id == user_id) & sessions.c.revoked_at.is_(None)
        query = sa.select(sessions).where(own).order_by(sessions.c.id).with_for_update()
        return [_session(row) for row in self._connection.execute(query).mappings()]


class SqlOneTimes:
    """Secrets that are out in mails."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, one_time: OneTime) -> None:
        """Keep a new one; earlier ones of the same user and purpose are good no more."""
        same = (one_times.c.user_id == one_time.user_id) & (one_times.c.purpose == one_time.purpose)
        self._connection.execute(sa.delete(one_times).where(same))
        self._connection.execute(sa.insert(one_times).values(vars(one_time)))

    def take(self, digest: str, purpose: Purpose) -> OneTime | None:
        """The one of a hash, used up by this; None if it is unknown."""
        mine = (one_times.c.digest == digest) & (one_times.c.purpose == purpose)
        query = sa.delete(one_times).where(mine).returning(*one_times.c)
        row = self._connection.execute(query).mappings().one_or_none()
        return OneTime(**{**row, "purpose": Purpose(row["purpose"])}) if row else None


class SqlLetters:
    """Letters of the present transaction."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, letter: Letter) -> None:
        """Send a letter with this transaction."""
        self._connection.execute(sa.insert(letters).values(**vars(letter), due_at=self._clock()))
        self._connection.execute(sa.select(sa.func.pg_notify("letters", "")))


class SqlFactors:
    """Second factors in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock_totp(self, user_id: UserId) -> Totp | None:
        """A user's seed, held until the transaction ends."""
        query = sa.select(totps).where(totps.c.user_id == user_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        return Totp(**row) if row else None

    def save_totp(self, totp: Totp) -> None:
        """Keep a new or changed seed."""
        kept = insert(totps).values(vars(totp))
        self._connection.execute(
            kept.on_conflict_do_update(index_elements=["user_id"], set_=vars(totp))
        )

    def delete_totp(self, user_id: UserId) -> None:
        """Forget a user's seed, and their codes on paper."""
        self._connection.execute(sa.delete(totps).where(totps.c.user_id == user_id))
        self.replace_recovery(user_id, ())

    def replace_recovery(self, user_id: UserId, digests: Sequence[str]) -> None:
        """Keep the hashes of a user's codes on paper, in the place of earlier ones."""
        old = sa.delete(recovery_codes).where(recovery_codes.c.user_id == user_id)
        self._connection.execute(old)
        rows = [{"user_id": user_id, "digest": digest} for digest in digests]
        if rows:
            self._connection.execute(sa.insert(recovery_codes), rows)

    def take_recovery(self, user_id: UserId, digest: str) -> bool:
        """Use a code on paper up; False if the user has no such code."""
        mine = (recovery_codes.c.user_id == user_id) & (recovery_codes.c.digest == digest)
        return self._connection.execute(sa.delete(recovery_codes).where(mine)).rowcount == 1


class SqlTrail:
    """The audit trail; a lock keeps two ends from growing."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def note(self, what: What, user_id: UserId, **detail: str) -> None:
        """Add an event to the end."""
        self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TRAIL_LOCK)))
        newest = sa.select(trail).order_by(trail.c.number.desc()).limit(1)
        row = self._connection.execute(newest).mappings().one_or_none()
        event = Event.after(_event(row) if row else None, self._clock(), what, user_id, detail)
        self._connection.execute(sa.insert(trail).values(vars(event)))

    def of(self, user_id: UserId) -> Sequence[Event]:
        """The events of one user, oldest first."""
        query = sa.select(trail).where(trail.c.user_id == user_id).order_by(trail.c.number)
        return [_event(row) for row in self._connection.execute(query).mappings()]

    def all(self) -> Iterator[Event]:
        """Every event, oldest first."""
        after = 0
        while True:
            query = sa.select(trail).where(trail.c.number > after).order_by(trail.c.number)
            rows = self._connection.execute(query.limit(_BATCH)).mappings().all()
            if not rows:
                return
            yield from map(_event, rows)
            after = rows[-1]["number"]


class SqlSigningKeys:
    """Signing keys in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def good(self, *, hold: bool = False) -> Sequence[SigningKey]:
        """The newest that were not denied; the lock keeps two processes from making keys at once."""
        if hold:
            self._connection.execute(sa.text("LOCK TABLE signing_keys IN EXCLUSIVE MODE"))
        query = (
            sa.select(*(signing_keys.c[name] for name in _KEY))
            .where(signing_keys.c.denied_at.is_(None))
            .order_by(signing_keys.c.created_at.desc())
            .limit(_KEYS_SHOWN)
        )
        return [SigningKey(**row) for row in self._connection.execute(query).mappings()]

    def deny(self, key_id: str) -> bool:
        """What a key signed is good no more; False if there is no such key."""
        gone = sa.update(signing_keys).where(signing_keys.c.key_id == key_id)
        return self._connection.execute(gone.values(denied_at=sa.func.now())).rowcount == 1

    def add(self, key: SigningKey) -> None:
        """Keep a new key."""
        self._connection.execute(sa.insert(signing_keys).values(vars(key)))


class SqlAuthWork(Work):
    """One transaction in auth's schema."""

    def __init__(self, connection: sa.Connection, schema: str, clock: Clock) -> None:
        super().__init__(connection, schema)
        self.users = SqlUsers(connection)
        self.sessions = SqlSessions(connection)
        self.one_times = SqlOneTimes(connection)
        self.letters = SqlLetters(connection, clock)
        self.factors = SqlFactors(connection)
        self.grants = SqlGrants(connection, clock)
        self.identities = SqlIdentities(connection, clock)
        self.passkeys = SqlPasskeys(connection, clock)
        self.trail = SqlTrail(connection, clock)
        self.keys = SqlSigningKeys(connection)


class Store:
    """Opens transactions in auth's schema."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def open(self) -> Iterator[SqlAuthWork]:
        """A transaction: committed at the end of the block."""
        with self._database.begin() as connection:
            yield SqlAuthWork(connection, self._database.schema, self._clock)


def _session(row: Row) -> Session:
    return Session(**{**row, "proofs": tuple(Proof(proof) for proof in row["proofs"])})


def _event(row: Row) -> Event:
    return Event(**{**row, "what": What(row["what"])})
