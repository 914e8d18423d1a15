"""Facts leave in the transaction that made them true; a relay publishes them afterwards."""

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from apps.contracts.fact import Fact
from apps.kit.clock import new_id
from apps.kit.database import Database, connect
from apps.kit.metrics import FACT_LAG, FACTS_SENT
from apps.kit.tracing import traceparent

log = logging.getLogger(__name__)

BATCH = 50
POLL_SECONDS = 1.0
KEEP_DAYS = 7

outbox = sa.table(
    "outbox",
    sa.column("id", sa.Uuid),
    sa.column("topic", sa.Text),
    sa.column("data", JSONB),
    sa.column("traceparent", sa.Text),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("published_at", sa.DateTime(timezone=True)),
)


class Publisher(Protocol):
    """Hands one fact to the sidecar; raises if it could not take it."""

    def publish(
        self, topic: str, data: Mapping[str, object], *, event_id: UUID, trace: str | None
    ) -> None:
        """Return once the fact is the broker's."""
        ...


def announce(connection: sa.Connection, schema: str, fact: Fact) -> None:
    """Write a fact into the outbox of the present transaction and wake the relay at its commit."""
    row = {
        "id": new_id(),
        "topic": fact.topic,
        "data": fact.model_dump(mode="json"),
        "traceparent": traceparent(),
        "created_at": datetime.now(UTC),
    }
    # In one statement: each is a way to the server and back, through two proxies in a mesh.
    kept = sa.insert(outbox).values(row).cte("kept")
    connection.execute(sa.select(sa.func.pg_notify(f"outbox_{schema}", "")).add_cte(kept))


class Relay:
    """Publishes what waits in a service's outbox, at once when woken and by polling besides."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin to publish, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch at hand."""
        self._stop.set()
        self._thread.join(timeout=10)

    def send_batch(self) -> int:
        """Publish up to BATCH waiting facts in the order of their commit; how many went."""
        waiting = (
            sa.select(outbox)
            .where(outbox.c.published_at.is_(None))
            .order_by(outbox.c.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        with self._database.begin() as connection:
            sent: list[UUID] = []
            for row in connection.execute(waiting).all():
                if not self._send(row):
                    break
                sent.append(row.id)
            if sent:
                mark = sa.update(outbox).where(outbox.c.id.in_(sent))
                connection.execute(mark.values(published_at=sa.func.clock_timestamp()))
        return len(sent)

    def _send(self, row: sa.Row[tuple[object, ...]]) -> bool:
        try:
            self._publisher.publish(row.topic, row.data, event_id=row.id, trace=row.traceparent)
        except Exception as error:  # noqa: BLE001 - whatever kept it, the fact stays and is tried again
            log.warning("fact not published", extra={"topic": row.topic, "error": str(error)})
            return False
        FACTS_SENT.labels(row.topic).inc()
        FACT_LAG.observe((datetime.now(UTC) - row.created_at).total_seconds())
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - PostgreSQL may be away for a while
                log.warning("relay lost its database", extra={"error": str(error)})
                self._stop.wait(1.0)

    def _listen(self) -> None:
        with connect(self._database.read_url, self._database.schema, autocommit=True) as listener:
            listener.execute(f"LISTEN outbox_{self._database.schema}")
            old = "DELETE FROM outbox WHERE published_at < now() - make_interval(days => %s)"
            listener.execute(old, (KEEP_DAYS,))
            # A day longer than any outbox may miss it.
            old = "DELETE FROM inbox WHERE seen_at < now() - make_interval(days => %s)"
            listener.execute(old, (KEEP_DAYS + 1,))
            while not self._stop.is_set():
                if self.send_batch() < BATCH:
                    self._wait(listener)

    def _wait(self, listener: psycopg.Connection[object]) -> None:
        for _ in listener.notifies(timeout=POLL_SECONDS, stop_after=1):
            pass
