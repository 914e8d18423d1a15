"""Hands the letters that wait in auth's schema to a mail server."""

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import psycopg
import sqlalchemy as sa

from apps.auth.domain.letter import Letter
from apps.auth.ports.outside import Mailer
from apps.auth.tables import letters
from apps.kit.clock import Clock
from apps.kit.database import Database, Transient, connect

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0
# After these a letter is given up: its secret is no longer good by then.
ATTEMPTS = 12
_AGAIN_MOST = timedelta(hours=2)


class Postman:
    """Sends letters after their commit, in a thread of its own; a letter may come twice, never not at all."""

    def __init__(self, database: Database, mailer: Mailer, clock: Clock) -> None:
        self._database = database
        self._mailer = mailer
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the letter at hand."""
        self._stop.set()
        self._thread.join(timeout=15)

    def send_one(self) -> bool:
        """Send the letter that is due first; False if none is."""
        with self._database.begin() as connection:
            due = (
                sa.select(letters)
                .where(letters.c.due_at <= self._clock())
                .order_by(letters.c.due_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            row = connection.execute(due).mappings().one_or_none()
            if row is None:
                return False
            own = letters.c.id == row["id"]
            wait = self._tried(row)
            if wait is None:
                connection.execute(sa.delete(letters).where(own))
            else:
                later = {"attempts": row["attempts"] + 1, "due_at": self._clock() + wait}
                connection.execute(sa.update(letters).where(own).values(**later))
        return True

    def _tried(self, row: Mapping[Any, Any]) -> timedelta | None:
        """Hand a letter over; how long to wait before the next attempt, None if there is to be none."""
        try:
            self._mailer.send(Letter(row["to"], row["subject"], row["text"], row["html"]))
        except ConnectionError as error:
            attempts = row["attempts"] + 1
            log.warning("letter not sent", extra={"attempts": attempts, "error": str(error)})
            if attempts < ATTEMPTS:
                return min(_AGAIN_MOST, timedelta(seconds=5 * 2**attempts))
        return None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (*Transient, psycopg.Error) as error:
                log.warning("postman lost the database", extra={"error": str(error)})
                self._stop.wait(1.0)

    def _listen(self) -> None:
        with connect(self._database.read_url, self._database.schema, autocommit=True) as listener:
            listener.execute("LISTEN letters")
            while not self._stop.is_set():
                while not self._stop.is_set() and self.send_one():
                    continue
                for _ in listener.notifies(timeout=POLL_SECONDS, stop_after=1):
                    pass
