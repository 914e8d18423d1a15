"""One OpenAPI 3.1 document out of the services' own, for what the door lets through."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.gateway.domain import (
    COOKIE,
    NEEDED,
    AmbiguousRequestError,
    Audience,
    CrossSiteError,
    QuotaExceededError,
    Rate,
    Route,
)
from apps.gateway.routes import PAGES
from apps.kit.app import Problem, problems
from apps.kit.errors import ForbiddenError, ServiceError, UnauthorizedError, UnavailableError

CONTRACTS = Path(__file__).parents[1] / "contracts" / "openapi"
_SAID = {
    Audience.PUBLIC: "For everybody.",
    Audience.SIGNED_IN: "For everybody who is signed in.",
    Audience.STUDIO: "For studios.",
    Audience.OPERATOR: "For operators.",
    Audience.PLAYER: "For players, with the playback token of their session as a bearer.",
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_INFO = """Errors are problem+json (RFC 9457) with a stable `type`. Lists are pages with an opaque `next`.

Apps and televisions show an access token as a bearer. Pages in a browser sign in with the header
`X-Marquee-Session: cookie`, get a cookie that no script can read instead of tokens, and send that header with
everything they change."""


def merged(routes: Sequence[Route], own: Mapping[str, Any]) -> dict[str, Any]:
    """The services' operations that have a route, and the gateway's `own` beside them."""
    documents = {
        service: json.loads((CONTRACTS / f"{service}.json").read_text())
        for service in sorted({route.service for route in routes})
    }
    documents["gateway"] = own
    paths: dict[str, Any] = {}
    refusals: dict[str, Any] = {}
    for route in (*PAGES, *routes):
        operation = documents[route.service]["paths"][route.path][route.method.lower()]
        paths.setdefault(route.path, {})[route.method.lower()] = _said(operation, route, refusals)
    schemas = {"Problem": Problem.model_json_schema()}
    for document in documents.values():
        _add(schemas, document.get("components", {}).get("schemas", {}))
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "browser": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Marquee", "version": "1", "description": _INFO},
        "servers": [{"url": "/", "description": "The door itself"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": dict(sorted(refusals.items())),
            "securitySchemes": schemes,
        },
    }


def _add(schemas: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Two services must not mean different things by one name."""
    clashing = [name for name, schema in more.items() if schemas.get(name, schema) != schema]
    if clashing:
        raise ValueError(f"two services describe these bodies differently: {clashing}")
    schemas |= more


def _said(operation: dict[str, Any], route: Route, refusals: dict[str, Any]) -> dict[str, Any]:
    """An operation as the door offers it; problems are named, and written down once in `refusals`."""
    said = f"{operation.get('description', '')}\n\n{_SAID[route.audience]}".strip()
    kept = [
        parameter
        for parameter in operation.get("parameters", [])
        if parameter["name"].lower() != "x-playback-token"
    ]
    responses = {
        **{str(status): answer for status, answer in problems(*_refusals(route)).items()},
        **operation["responses"],
    }
    return {
        **operation,
        **({"parameters": kept} if kept else {}),
        "description": said,
        "security": _security(route),
        "responses": {
            status: _named(status, responses[status], refusals) for status in sorted(responses)
        },
    }


def _refusals(route: Route) -> list[type[ServiceError]]:
    """What the door itself may answer."""
    refusals: list[type[ServiceError]] = [AmbiguousRequestError, UnavailableError]
    if route.rate is not Rate.OPEN:
        refusals.append(QuotaExceededError)
    if route.audience is not Audience.PUBLIC:
        refusals.append(UnauthorizedError)
    if route.audience in NEEDED:
        refusals.append(ForbiddenError)
    elif route.method != "GET" and route.audience is not Audience.PLAYER:
        refusals.append(CrossSiteError)
    return refusals


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.audience is Audience.PUBLIC:
        return []
    bearer: dict[str, list[str]] = {"bearer": []}
    return [bearer] if route.audience is Audience.PLAYER else [bearer, {"browser": []}]


def _named(status: str, answer: dict[str, Any], refusals: dict[str, Any]) -> dict[str, Any]:
    """A reference to a problem's answer; any other answer as it is."""
    if "application/problem+json" not in answer.get("content", {}):
        return answer
    title = answer["description"]
    name = "".join(word.capitalize() for word in re.findall("[A-Za-z]+", title)) + status
    content = {"application/problem+json": {"schema": _PROBLEM}}
    refusals[name] = {"description": title, "content": content}
    return {"$ref": f"#/components/responses/{name}"}
