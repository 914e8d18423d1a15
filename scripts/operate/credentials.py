"""Static secrets in Vault, and its engine that makes the database's users."""

import json
from collections.abc import Sequence
from typing import Any

from apps.kit.migrations import services_with_schema
from scripts.local.places import Places
from scripts.local.secret_files import SERVICES, make_secrets, service_secrets
from scripts.operate.layout import Layout
from scripts.operate.shell import Shell

# Long enough to outlive a deployment, short enough that a lost one is soon worth nothing.
USER_TTL, USER_TTL_MOST = "1h", "24h"
_CREATE = (
    "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"
    ' IN ROLE "%s_owner";'
)
_REVOKE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{{name}}';"
    ' DROP ROLE IF EXISTS "{{name}}";'
)


def platform_secrets(layout: Layout) -> dict[str, Any]:
    """The cluster's own secrets: made once, rotated by `scripts/cluster rotate`, copied to Vault from here."""
    return make_secrets(Places(layout.keys))


def write_secrets(layout: Layout, shell: Shell, only: Sequence[str] = ()) -> None:
    """The static secrets of every service and store, or of some, each under its own path."""
    for path, known in _static_secrets(layout).items():
        if not only or path in only:
            shell.run("bao", "kv", "put", "-mount=secret", path, "-", stdin=json.dumps(known))


def _static_secrets(layout: Layout) -> dict[str, dict[str, str]]:
    platform = platform_secrets(layout)
    paths: dict[str, dict[str, str]] = {
        "postgres": {
            "password": platform["postgres_password"],
            "vault_password": platform["vault_password"],
        },
        "redis": {"password": platform["redis_password"]},
        "pubsub": {"redis_password": platform["redis_password"]},
        "seaweedfs": {
            "access_key": platform["s3_access_key"],
            "secret_key": platform["s3_secret_key"],
        },
        "typesense": {"api_key": platform["typesense_api_key"]},
    }
    for service in SERVICES:
        known = service_secrets(service, platform, Places(layout.keys))
        known.pop("database_url", None)
        known.pop("content_wrapping_key", None)
        if "redis_url" in known:
            known["redis_url"] = f"redis://:{platform['redis_password']}@127.0.0.1:6379/1"
        known["app_api_token"] = platform["app_tokens"][service]
        known["dapr_api_token"] = platform["dapr_tokens"][service]
        paths[service] = known
    return paths


def make_database_users(layout: Layout, shell: Shell) -> None:
    """Short-lived PostgreSQL users, one role per service, with rights on its own schema only."""
    password = platform_secrets(layout)["vault_password"]
    # Through Vault's own Envoy, which listens on its host's loopback interface.
    url = "postgresql://{{username}}:{{password}}@127.0.0.1:5432/postgres"
    config = {
        "plugin_name": "postgresql-database-plugin",
        "connection_url": url,
        "allowed_roles": "*",
        "username": "vault",
        "password": password,
    }
    shell.run("bao", "write", "database/config/postgres", "-", stdin=json.dumps(config))
    for schema in services_with_schema():
        role = {
            "db_name": "postgres",
            "creation_statements": _CREATE % schema,
            "revocation_statements": _REVOKE,
            "default_ttl": USER_TTL,
            "max_ttl": USER_TTL_MOST,
        }
        shell.run("bao", "write", f"database/roles/{schema}", "-", stdin=json.dumps(role))
