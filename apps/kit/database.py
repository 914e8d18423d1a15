"""PostgreSQL: one pool per process, one schema per service, one transaction per use case."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

ReadUrl = Callable[[], str]

# What a caller may try again: the server is away, restarting, or out of connections.
Transient = (OperationalError, PoolTimeoutError)
_SESSION = "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"


def connect(read_url: ReadUrl, schema: str, **options: Any) -> psycopg.Connection[Any]:
    """A connection of its own, outside the pool, that sees one schema."""
    limits = f"-c search_path={schema} {_SESSION}"
    return psycopg.connect(read_url(), options=limits, connect_timeout=5, **options)


class Database:
    """A pool that reads its credentials again for every new connection, so that they can rotate."""

    def __init__(self, read_url: ReadUrl, schema: str, *, connections: int = 10) -> None:
        self.read_url = read_url
        self.schema = schema
        self.engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: connect(read_url, schema),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=True,
            pool_recycle=1800,
        )

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back by an exception."""
        with self.engine.begin() as connection:
            yield connection

    def check(self) -> None:
        """Raise unless the database answers."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give every connection back to the server."""
        self.engine.dispose()


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may succeed later."""
    return isinstance(error, Transient) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
