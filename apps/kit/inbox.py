"""What a service remembers of facts that it could not take: attempts, and the dead ones."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import sqlalchemy as sa

from apps.kit.database import Database


class Inbox(Protocol):
    """Notes which events were taken, counts attempts at the others, and keeps the dead ones."""

    def taken(self, event_id: str, topic: str) -> None:
        """Note that an event has arrived and had its effect."""
        ...

    def failed(self, event_id: str, topic: str) -> int:
        """Count one failed attempt; how many there were."""
        ...

    def bury(self, event_id: str, topic: str, data: object, reason: str) -> None:
        """Keep an event that will not be tried again by itself."""
        ...


class SqlInbox:
    """The inbox in a service's own schema."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def taken(self, event_id: str, topic: str) -> None:
        """Note that an event has arrived; the first time counts."""
        note = sa.text(
            "INSERT INTO inbox (event_id, topic, taken_at) VALUES (:id, :topic, now())"
            " ON CONFLICT (event_id) DO UPDATE SET taken_at = coalesce(inbox.taken_at, now())"
        )
        with self._database.begin() as connection:
            connection.execute(note, {"id": event_id, "topic": topic})

    def failed(self, event_id: str, topic: str) -> int:
        """Count one failed attempt, in a transaction of its own; how many there were."""
        count = sa.text(
            "INSERT INTO inbox (event_id, topic, attempts) VALUES (:id, :topic, 1)"
            " ON CONFLICT (event_id) DO UPDATE SET attempts = inbox.attempts + 1 RETURNING attempts"
        )
        with self._database.begin() as connection:
            return int(connection.execute(count, {"id": event_id, "topic": topic}).scalar_one())

    def bury(self, event_id: str, topic: str, data: object, reason: str) -> None:
        """Keep a dead event; once, however often it dies."""
        bury = sa.text(
            "INSERT INTO dead_letters (event_id, topic, data, reason)"
            " VALUES (:id, :topic, CAST(:data AS jsonb), :reason)"
            " ON CONFLICT (event_id) DO UPDATE SET reason = :reason, died_at = now(),"
            " replayed_at = NULL"
        )
        values = {"id": event_id, "topic": topic, "data": json.dumps(data), "reason": reason[:2000]}
        with self._database.begin() as connection:
            connection.execute(bury, values)

    def dead(self, *, replayed: bool = False) -> list[Mapping[str, Any]]:
        """The dead letters, oldest first; with `replayed` also those that were replayed."""
        query = "SELECT * FROM dead_letters WHERE :all OR replayed_at IS NULL ORDER BY died_at"
        with self._database.begin() as connection:
            return [
                dict(row)
                for row in connection.execute(sa.text(query), {"all": replayed}).mappings()
            ]

    def revive(self, event_id: str) -> None:
        """Forget the attempts at an event and mark its letter as replayed."""
        with self._database.begin() as connection:
            connection.execute(sa.text("DELETE FROM inbox WHERE event_id = :id"), {"id": event_id})
            revive = "UPDATE dead_letters SET replayed_at = now() WHERE event_id = :id"
            connection.execute(sa.text(revive), {"id": event_id})


class ForgetfulInbox:
    """The inbox of a service without a store: what it hears can be heard again from its owner."""

    def __init__(self) -> None:
        self.attempts: dict[str, int] = {}
        self.letters: dict[str, str] = {}

    def taken(self, event_id: str, topic: str) -> None:
        """Nothing to remember: nobody sends an event again for a service without a store."""

    def failed(self, event_id: str, topic: str) -> int:
        """Count one failed attempt; how many there were in this process."""
        self.attempts[event_id] = self.attempts.get(event_id, 0) + 1
        return self.attempts[event_id]

    def bury(self, event_id: str, topic: str, data: object, reason: str) -> None:
        """Note that an event died; its log line is all that stays."""
        self.letters[event_id] = reason
