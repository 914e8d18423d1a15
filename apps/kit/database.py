"""PostgreSQL: one pool per process, one schema per service, one transaction per use case."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from apps.kit import deadline

ReadUrl = Callable[[], str]

# What a caller may try again: the server is away, restarting, or out of connections.
Transient = (OperationalError, PoolTimeoutError)
# How long a connection waits for the successor of a user that is refused.
SUCCESSOR_SECONDS = 3.0
_SESSION = "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"


def connect(read_url: ReadUrl, schema: str, **options: Any) -> psycopg.Connection[Any]:
    """A connection of its own, outside the pool, that sees one schema."""
    limits = f"-c search_path={schema} {_SESSION}"
    give_up = time.monotonic() + SUCCESSOR_SECONDS
    while True:
        try:
            return psycopg.connect(read_url(), options=limits, connect_timeout=5, **options)
        except psycopg.OperationalError as refused:
            # A short-lived user ended; its successor is about to be written where `read_url` looks.
            if "authentication failed" not in str(refused) or time.monotonic() > give_up:
                raise
            time.sleep(0.1)


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
            pool_recycle=1800,
        )
        event.listen(self.engine, "checkout", _check_user)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back by an exception.

        UnavailableError if whoever asked has stopped waiting for it.
        """
        deadline.check()
        with self.engine.begin() as connection:
            yield connection

    def check(self) -> None:
        """Raise unless the database answers."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give every connection back to the server."""
        self.engine.dispose()


def _check_user(connection: psycopg.Connection[Any], *_: object) -> None:
    """Before each use: whether the server is there, and still knows the user.

    A connection that was made while its short-lived user was being dropped answers, but may nothing.
    """
    try:
        connection.autocommit = True
        connection.execute("SELECT current_user")
        connection.autocommit = False
    except psycopg.Error as lost:
        raise DisconnectionError(str(lost)) from lost


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may succeed later."""
    return isinstance(error, Transient) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
