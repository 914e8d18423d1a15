"""Exports what crosses a boundary: JSON Schema per fact, OpenAPI per service, and the merged one."""

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI

from apps.contracts.fact import Fact
from apps.gateway.openapi import CONTRACTS, merged
from apps.gateway.routes import ROUTES
from apps.kit.app import operation_id
from scripts import web_client

OWNERS = ("auth", "profiles", "videos", "transcoding", "catalog", "playback")
SCHEMAS = Path(CONTRACTS).parent / "schema"


def exported() -> dict[Path, str]:
    """Every file as it should be."""
    files: dict[Path, dict[str, Any]] = {}
    for fact in facts():
        files[SCHEMAS / f"{fact.topic}.json"] = fact.model_json_schema()
    for service in OWNERS:
        router: APIRouter = import_module(f"apps.{service}.api").router
        files[CONTRACTS / f"{service}.json"] = _openapi(service, router)
    return {path: _text(content) for path, content in files.items()}


def exported_gateway() -> tuple[Path, str]:
    """The merged document, out of the services' files as they lie there."""
    pages: APIRouter = import_module("apps.gateway.api").pages
    return CONTRACTS / "gateway.json", _text(merged(ROUTES, _openapi("gateway", pages)))


def facts() -> list[type[Fact]]:
    """Every fact that a contract defines, by topic."""
    for owner in OWNERS:
        import_module(f"apps.contracts.{owner}")

    def below(kind: type[Fact]) -> list[type[Fact]]:
        return [kind, *(each for sub in kind.__subclasses__() for each in below(sub))]

    ours = (fact for fact in below(Fact) if fact.__module__.startswith("apps.contracts."))
    found = {fact.topic: fact for fact in ours if "topic" in vars(fact)}
    return [found[topic] for topic in sorted(found)]


def main() -> int:
    """Write what is committed: JSON Schema per fact, OpenAPI per service, the merged one, and the client's types."""
    argparse.ArgumentParser(prog="scripts/export-contracts", description=main.__doc__).parse_args()
    for folder in (SCHEMAS, CONTRACTS):
        folder.mkdir(parents=True, exist_ok=True)
    for path, text in exported().items():
        path.write_text(text)
    path, text = exported_gateway()
    path.write_text(text)
    web_client.generate(web_client.CLIENT / "schema.d.ts")
    print(f"contracts exported to {SCHEMAS.parent}")
    return 0


def _openapi(service: str, router: APIRouter) -> dict[str, Any]:
    app = FastAPI(title=f"Marquee {service}", version="1", generate_unique_id_function=operation_id)
    app.include_router(router)
    return app.openapi()


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
