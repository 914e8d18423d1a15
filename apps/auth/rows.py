"""Rows of what comes and goes by itself: televisions that wait, passkeys and their challenges."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from apps.auth.domain.device import DeviceGrant, GrantState
from apps.auth.domain.identity import Flow, Identity
from apps.auth.domain.passkey import Ceremony, Passkey
from apps.auth.domain.user import UserId
from apps.auth.tables import ceremonies, device_grants, flows, identities, passkeys
from apps.kit.clock import Clock


class SqlGrants:
    """Device grants; those that are too old go when a new one comes."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, grant: DeviceGrant) -> None:
        """Keep a new one."""
        _keep(self._connection, device_grants, grant, self._clock())

    def save(self, grant: DeviceGrant) -> None:
        """Keep a changed one."""
        own = device_grants.c.digest == grant.digest
        self._connection.execute(sa.update(device_grants).where(own).values(vars(grant)))

    def lock(self, digest: str) -> DeviceGrant | None:
        """The one of a secret's hash, held until the transaction ends."""
        return self._one(device_grants.c.digest == digest)

    def lock_by_code(self, user_code: str) -> DeviceGrant | None:
        """The one that shows a code, held until the transaction ends."""
        return self._one(device_grants.c.user_code == user_code)

    def delete(self, digest: str) -> None:
        """Forget one."""
        self._connection.execute(sa.delete(device_grants).where(device_grants.c.digest == digest))

    def _one(self, where: sa.ColumnElement[bool]) -> DeviceGrant | None:
        query = sa.select(device_grants).where(where).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        return DeviceGrant(**{**row, "state": GrantState(row["state"])}) if row else None


class SqlPasskeys:
    """Passkeys, and the challenges that are out."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, passkey: Passkey) -> bool:
        """Keep a new one; False if it is known."""
        added = insert(passkeys).values(vars(passkey)).on_conflict_do_nothing()
        return self._connection.execute(added.returning(passkeys.c.id)).first() is not None

    def save(self, passkey: Passkey) -> None:
        """Keep a changed one."""
        own = passkeys.c.id == passkey.id
        self._connection.execute(sa.update(passkeys).where(own).values(vars(passkey)))

    def of(self, user_id: UserId) -> Sequence[Passkey]:
        """A user's passkeys, the oldest first."""
        query = sa.select(passkeys).where(passkeys.c.user_id == user_id)
        rows = self._connection.execute(query.order_by(passkeys.c.created_at)).mappings()
        return [Passkey(**row) for row in rows]

    def lock(self, passkey_id: str) -> Passkey | None:
        """A passkey, held until the transaction ends."""
        query = sa.select(passkeys).where(passkeys.c.id == passkey_id).with_for_update()
        row = self._connection.execute(query).mappings().one_or_none()
        return Passkey(**row) if row else None

    def delete(self, passkey_id: str) -> None:
        """Forget one."""
        self._connection.execute(sa.delete(passkeys).where(passkeys.c.id == passkey_id))

    def begin(self, ceremony: Ceremony) -> None:
        """Keep a challenge that goes out; those that are too old go."""
        _keep(self._connection, ceremonies, ceremony, self._clock())

    def take(self, digest: str) -> Ceremony | None:
        """A challenge that is out, used up by this."""
        row = _taken(self._connection, ceremonies, digest)
        return Ceremony(**row) if row else None


class SqlIdentities:
    """Accounts elsewhere, and those who are away there at the moment."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, identity: Identity) -> None:
        """Keep a new one."""
        self._connection.execute(sa.insert(identities).values(vars(identity)))

    def find(self, issuer: str, subject: str) -> Identity | None:
        """The one of a provider's subject."""
        where = (identities.c.issuer == issuer) & (identities.c.subject == subject)
        row = self._connection.execute(sa.select(identities).where(where)).mappings().one_or_none()
        return Identity(**row) if row else None

    def of(self, user_id: UserId) -> Sequence[Identity]:
        """A user's, the oldest first."""
        query = sa.select(identities).where(identities.c.user_id == user_id)
        rows = self._connection.execute(query.order_by(identities.c.created_at)).mappings()
        return [Identity(**row) for row in rows]

    def begin(self, flow: Flow) -> None:
        """Somebody goes to a provider; those that are too old go."""
        _keep(self._connection, flows, flow, self._clock())

    def take(self, digest: str) -> Flow | None:
        """Somebody comes back; once."""
        row = _taken(self._connection, flows, digest)
        return Flow(**row) if row else None


def _keep(connection: sa.Connection, table: sa.Table, row: object, now: datetime) -> None:
    """A new row, in the place of all that are too old."""
    connection.execute(sa.delete(table).where(table.c.expires_at < now))
    connection.execute(sa.insert(table).values(vars(row)))


def _taken(connection: sa.Connection, table: sa.Table, digest: str) -> sa.RowMapping | None:
    """The row of a hash, used up by this."""
    mine = sa.delete(table).where(table.c.digest == digest).returning(*table.c)
    return connection.execute(mine).mappings().one_or_none()
