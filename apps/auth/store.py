"""Auth's tables, rows in and frozen dataclasses out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from apps.auth.domain import Session, SessionId, SigningKey, User, UserId, UserNotFoundError
from apps.kit.database import Database
from apps.kit.identity import Role
from apps.kit.work import Work

_meta = sa.MetaData()
_moment = sa.DateTime(timezone=True)
users = sa.Table(
    "users",
    _meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("email", sa.Text, unique=True, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("created_at", _moment, nullable=False),
)
sessions = sa.Table(
    "sessions",
    _meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("rotated_at", _moment, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("revoked_at", _moment),
    sa.Column("revoke_reason", sa.Text),
)
signing_keys = sa.Table(
    "signing_keys",
    _meta,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("public_pem", sa.Text, nullable=False),
    sa.Column("wrapped_private", sa.Text, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
)


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
        return Session(**row) if row else None


class SqlSigningKeys:
    """Signing keys in PostgreSQL."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def newest(self, count: int) -> Sequence[SigningKey]:
        """The newest first; the lock keeps two processes from making keys at once."""
        self._connection.execute(sa.text("LOCK TABLE signing_keys IN EXCLUSIVE MODE"))
        query = sa.select(signing_keys).order_by(signing_keys.c.created_at.desc()).limit(count)
        return [SigningKey(**row) for row in self._connection.execute(query).mappings()]

    def add(self, key: SigningKey) -> None:
        """Keep a new key."""
        self._connection.execute(sa.insert(signing_keys).values(vars(key)))


class SqlAuthWork(Work):
    """One transaction in auth's schema."""

    def __init__(self, connection: sa.Connection, schema: str) -> None:
        super().__init__(connection, schema)
        self.users = SqlUsers(connection)
        self.sessions = SqlSessions(connection)
        self.keys = SqlSigningKeys(connection)


class Store:
    """Opens transactions in auth's schema."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def open(self) -> Iterator[SqlAuthWork]:
        """A transaction: committed at the end of the block."""
        with self._database.begin() as connection:
            yield SqlAuthWork(connection, self._database.schema)
