"""Brings every service's schema to its newest version."""

import argparse
import sys
from typing import Any

from apps.kit.migrations import migrate, services_with_schema
from scripts.local.errors import LauncherError
from scripts.local.places import Places
from scripts.local.progress import complain, step
from scripts.local.secret_files import admin_url, make_secrets


def migrate_all(places: Places, platform: dict[str, Any]) -> None:
    """Every chain, one after another."""
    for service in services_with_schema():
        password = platform["database_passwords"][service]
        migrate(service, admin_url(places, platform), password=password)


def main() -> int:
    """Bring every service's schema of the running platform to its newest version."""
    argparse.ArgumentParser(prog="scripts/migrate", description=main.__doc__).parse_args()
    places = Places.usual()
    try:
        with step("migrations"):
            migrate_all(places, make_secrets(places))
    except (LauncherError, OSError) as error:
        complain(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
