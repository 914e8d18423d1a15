"""One OpenAPI 3.1 document out of the services' own, for what the door lets through."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.gateway.domain import Audience, Route

CONTRACTS = Path(__file__).parents[1] / "contracts" / "openapi"
_SAID = {
    Audience.PUBLIC: "For everybody.",
    Audience.SIGNED_IN: "For everybody who is signed in.",
    Audience.STUDIO: "For studios.",
    Audience.OPERATOR: "For operators.",
    Audience.PLAYER: "For players, with the playback token of their session as a bearer.",
}


def merged(routes: Sequence[Route], own: Mapping[str, Any]) -> dict[str, Any]:
    """The services' operations that have a route, and the gateway's `own` beside them."""
    paths: dict[str, Any] = dict(own["paths"])
    schemas: dict[str, Any] = dict(own.get("components", {}).get("schemas", {}))
    for service in sorted({route.service for route in routes}):
        document = json.loads((CONTRACTS / f"{service}.json").read_text())
        schemas |= document.get("components", {}).get("schemas", {})
        for route in routes:
            if route.service == service:
                operation = document["paths"][route.path][route.method.lower()]
                paths.setdefault(route.path, {})[route.method.lower()] = _said(operation, route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Marquee",
            "version": "1",
            "description": "Errors are problem+json (RFC 9457).",
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _said(operation: dict[str, Any], route: Route) -> dict[str, Any]:
    said = f"{operation.get('description', '')}\n\n{_SAID[route.audience]}".strip()
    public = route.audience is Audience.PUBLIC
    kept = [
        parameter
        for parameter in operation.get("parameters", [])
        if parameter["name"].lower() != "x-playback-token"
    ]
    return {
        **operation,
        **({"parameters": kept} if kept else {}),
        "description": said,
        "security": [] if public else [{"bearer": []}],
    }
