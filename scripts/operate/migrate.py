"""Schemas, Vault's database user and buckets: run as a job of the cluster, in the mesh."""

import json
import os
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from apps.kit.migrations import migrate, services_with_schema
from scripts.local.buckets import make_buckets


def main() -> int:
    """Bring every schema to its newest version, and make what Vault and the services need beside."""
    admin_url = Path(os.environ["MARQUEE_DATABASE_URL_FILE"]).read_text().strip()
    secrets = json.loads(Path(os.environ["MARQUEE_SECRETS_FILE"]).read_text())
    for service in services_with_schema():
        migrate(service, admin_url)
    _make_vault_user(admin_url, secrets["postgres"]["vault_password"])
    keys = secrets["seaweedfs"]["access_key"], secrets["seaweedfs"]["secret_key"]
    make_buckets(os.environ["MARQUEE_S3_INTERNAL_URL"], *keys)
    return 0


def _make_vault_user(admin_url: str, password: str) -> None:
    """A user that may make users, and lend them what the schemas' owners may."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        if "vault" not in known:
            connection.execute("CREATE ROLE vault LOGIN CREATEROLE")
        secret = sql.SQL("ALTER ROLE vault PASSWORD {}").format(sql.Literal(password))
        connection.execute(secret)
        connection.execute("GRANT pg_signal_backend TO vault")
        for service in services_with_schema():
            owner = sql.Identifier(f"{service}_owner")
            connection.execute(sql.SQL("GRANT {} TO vault WITH ADMIN OPTION").format(owner))


if __name__ == "__main__":
    sys.exit(main())
