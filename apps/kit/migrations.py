"""Alembic, one chain per service, each in its own schema under an owner that cannot log in."""

from collections.abc import Callable
from pathlib import Path

import psycopg
from alembic import command, context
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Connection, create_engine

# The chassis' own tables, as a service's first migration makes them.
CHASSIS_0001 = """
CREATE TABLE outbox (
  id uuid PRIMARY KEY, topic text NOT NULL, data jsonb NOT NULL, traceparent text,
  created_at timestamptz NOT NULL, published_at timestamptz);
CREATE INDEX outbox_unsent ON outbox (id) WHERE published_at IS NULL;
CREATE TABLE inbox (
  event_id text PRIMARY KEY, topic text NOT NULL, attempts integer NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE dead_letters (
  event_id text PRIMARY KEY, topic text NOT NULL, data jsonb NOT NULL, reason text NOT NULL,
  died_at timestamptz NOT NULL DEFAULT now(), replayed_at timestamptz);
CREATE TABLE idempotency (
  owner text NOT NULL, key text NOT NULL, request_hash text NOT NULL, resource text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (owner, key));
"""
# When a fact was taken, so that one which never arrived can be told and sent again.
CHASSIS_0002 = """
ALTER TABLE inbox ADD taken_at timestamptz;
ALTER TABLE inbox ALTER attempts SET DEFAULT 0;
CREATE INDEX inbox_seen ON inbox (seen_at);
"""


def migrate(service: str, admin_url: str, *, password: str | None = None) -> None:
    """Bring the schema of a service to its newest version; repeats harmlessly.

    `admin_url` may make roles and schemas; `password` gives the login role of the service one.
    """
    _prepare(service, admin_url, password)
    config = Config()
    config.set_main_option("script_location", str(_chain(service)))
    url = admin_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, connect_args={"options": f"-c search_path={service}"})
    with engine.begin() as connection:
        connection.exec_driver_sql(f'SET ROLE "{service}_owner"')
        connection.exec_driver_sql("SET lock_timeout = '2s'")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def run_chain() -> None:
    """What every service's `migrations/env.py` does: use the connection that it is handed."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, version_table="migrations")
    with context.begin_transaction():
        context.run_migrations()


def services_with_schema(apps: Path | None = None) -> list[str]:
    """The names of the services that have a chain of migrations."""
    return sorted(path.parent.name for path in (apps or _apps()).glob("*/migrations"))


def _apps() -> Path:
    return Path(__file__).parents[1]


def _chain(service: str) -> Path:
    return _apps() / service / "migrations"


def _prepare(service: str, admin_url: str, password: str | None) -> None:
    owner, login = sql.Identifier(f"{service}_owner"), sql.Identifier(service)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Two platforms that migrate at once must not both make the role.
        connection.execute("SELECT pg_advisory_lock(727001)")
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        run: Callable[[sql.Composed], object] = connection.execute
        if f"{service}_owner" not in known:
            run(sql.SQL("CREATE ROLE {} NOLOGIN").format(owner))
        if service not in known:
            run(sql.SQL("CREATE ROLE {} LOGIN").format(login))
        if password is not None:
            run(sql.SQL("ALTER ROLE {} PASSWORD {}").format(login, sql.Literal(password)))
        run(sql.SQL("GRANT {} TO {}").format(owner, login))
        run(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
        run(
            sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(
                sql.Identifier(service), owner
            )
        )
