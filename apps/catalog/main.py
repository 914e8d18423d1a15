"""Catalog's composition root, and its commands: reindex and seed."""

import argparse
import sys
from pathlib import Path

from fastapi import FastAPI

from apps.catalog import api
from apps.catalog.films import batches
from apps.catalog.indexer import Indexer
from apps.catalog.ports import SearchIndex
from apps.catalog.search import TypesenseIndex
from apps.catalog.service import Catalog
from apps.catalog.settings import Settings
from apps.catalog.store import INDEXER_LOCK, Store
from apps.catalog.subscriptions import subscriptions
from apps.kit.app import build_app
from apps.kit.database import connect
from apps.kit.runtime import Runtime, from_environment, without_sidecar


def compose(runtime: Runtime, index: SearchIndex | None = None) -> FastAPI:
    """The app on a given ground."""
    database, indexer = runtime.database("catalog"), Indexer()
    catalog = Catalog(Store(database).open, index or _index(runtime), indexer.wake)
    chassis = runtime.chassis(
        "catalog",
        database=database,
        subscriptions=subscriptions(catalog),
        loops=[indexer.serve(catalog)],
    )
    return build_app(chassis, catalog, [api.router])


def _index(runtime: Runtime) -> TypesenseIndex:
    settings = Settings.read(runtime.environment)
    return TypesenseIndex(settings.typesense_url, runtime.secret("typesense_api_key"))


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    return compose(from_environment("catalog"))


def run() -> int:
    """`python -m apps.catalog.main reindex`, or `seed MOVIES_DB`."""
    parser = argparse.ArgumentParser(prog="catalog", description=run.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("reindex")
    commands.add_parser("seed").add_argument("database", type=Path)
    asked = parser.parse_args()
    runtime = without_sidecar("catalog")
    database = runtime.database("catalog", connections=2)
    catalog = Catalog(Store(database).open, _index(runtime))
    if asked.command == "seed":
        new = sum(catalog.seed(batch) for batch in batches(asked.database, 500))
        sys.stdout.write(f"{new} new titles; the running catalog indexes them\n")
        return 0
    lock = connect(database.read_url, "catalog", autocommit=True)
    count = catalog.reindex(lambda: lock.execute(f"SELECT pg_advisory_lock({INDEXER_LOCK})"))
    lock.close()
    sys.stdout.write(f"{count} titles reindexed\n")
    return 0


if __name__ == "__main__":
    sys.exit(run())
