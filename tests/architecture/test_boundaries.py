"""The shape of the house: who calls, how facts flow, and how large a room may grow."""

import ast
import json
import re
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.gateway.routes import ROUTES
from scripts.contracts import facts
from scripts.local.places import ROOT
from scripts.local.secret_files import SERVICES

APPS = ROOT / "apps"
BANNED = {"utils", "helpers", "common", "misc", "base", "manager"}
SOURCES = [p for p in (*APPS.rglob("*.py"), *(ROOT / "scripts").rglob("*.py"))]
TESTS = list((ROOT / "tests").rglob("*.py"))


def names_in(path: Path) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}


def heard_by(service: str) -> dict[str, str]:
    """Topic to the name of the method that takes it."""
    path = APPS / service / "subscriptions.py"
    if not path.exists():
        return {}
    topics = {fact.__name__: fact.topic for fact in facts()}
    calls = re.findall(r"hear\((\w+), \w+\.(\w+)\)", path.read_text())
    return {topics[name]: method for name, method in calls}


def announced_from(service: str, method: str) -> set[str]:
    """The topics that a use case, or what it calls in its own class, can announce."""
    topics = {fact.__name__: fact.topic for fact in facts()}
    trees = [
        ast.parse(p.read_text()) for p in (APPS / service).rglob("*.py") if "service" in str(p)
    ]
    functions = {
        node.name: node for t in trees for node in ast.walk(t) if isinstance(node, ast.FunctionDef)
    }
    seen: set[str] = set()
    found: set[str] = set()
    waiting = [method]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Name) and node.id in topics:
                annotation = any(node in ast.walk(a) for a in annotations(functions[name]))
                found |= set() if annotation else {topics[node.id]}
            if isinstance(node, ast.Attribute):
                waiting.append(node.attr)
    return found


def annotations(function: ast.FunctionDef) -> list[ast.AST]:
    arguments = [*function.args.args, *function.args.kwonlyargs]
    return [a.annotation for a in arguments if a.annotation is not None]


def test_the_facts_flow_forward() -> None:
    graph: dict[str, set[str]] = {}
    for service in SERVICES:
        for topic, method in heard_by(service).items():
            for follows in announced_from(service, method):
                graph.setdefault(follows, set()).add(topic)

    order = list(TopologicalSorter(graph).static_order())

    assert order.index("videos.created") < order.index("catalog.title_published")


def test_only_the_gateway_can_invoke() -> None:
    scopes = [
        document["scopes"]
        for document in yaml.safe_load_all(
            (ROOT / "components/local/resources/endpoints.yaml").read_text()
        )
    ]
    assert scopes
    assert all(scope == ["gateway"] for scope in scopes)


def test_topic_scopes_say_what_the_code_says() -> None:
    component = yaml.safe_load((ROOT / "components/local/resources/pubsub.yaml").read_text())
    metadata = {each["name"]: each.get("value") for each in component["spec"]["metadata"]}
    may_publish, may_hear = (
        scoped(metadata["publishingScopes"]),
        scoped(metadata["subscriptionScopes"]),
    )
    for service in SERVICES:
        own = {fact.topic for fact in facts() if fact.topic.startswith(f"{service}.")}
        heard = set(heard_by(service))
        assert may_publish.get(service, set()) == own
        assert may_hear.get(service, set()) == (heard | {f"{service}.dead"} if heard else set())


def scoped(value: str) -> dict[str, set[str]]:
    pairs = (part.partition("=") for part in value.split(";"))
    return {service: set(topics.split(",")) - {""} for service, _, topics in pairs}


def test_every_service_has_its_sidecar_and_its_own_secrets() -> None:
    run_file: dict[str, Any] = yaml.safe_load((ROOT / "components/dapr.yaml").read_text())
    assert {app["appID"] for app in run_file["apps"]} == set(SERVICES)
    for service in SERVICES:
        path = ROOT / f"components/local/secrets/{service}/secrets.yaml"
        assert yaml.safe_load(path.read_text())["scopes"] == [service]


def test_a_resiliency_stands_alone_in_its_file() -> None:
    for path in (ROOT / "components").rglob("*.yaml"):
        kinds = [d.get("kind") for d in yaml.safe_load_all(path.read_text()) if d]
        assert "Resiliency" not in kinds or len(kinds) == 1


def test_every_route_of_a_service_is_declared_at_the_door() -> None:
    for service in {route.service for route in ROUTES}:
        declared = {(r.method.lower(), r.path) for r in ROUTES if r.service == service}
        document = json.loads((APPS / f"contracts/openapi/{service}.json").read_text())
        offered = {(method, path) for path, item in document["paths"].items() for method in item}
        assert declared == offered


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert path.stem not in BANNED
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, node.name


@pytest.mark.parametrize("path", TESTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_tests_stay_readable(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_async_only_where_it_fans_out() -> None:
    asynchronous = {
        path.relative_to(APPS).parts[0]
        for path in APPS.rglob("*.py")
        if any(isinstance(n, ast.AsyncFunctionDef) for n in ast.walk(ast.parse(path.read_text())))
    }
    assert asynchronous <= {"kit", "gateway", "edge", "playback"}


def test_no_file_names_a_registry_or_this_machine() -> None:
    named = re.compile(r"registry\.npmjs|pypi\.org|files\.pythonhosted|proxy\.golang|/work/")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.split():
        path = ROOT / name
        if path != Path(__file__) and path.exists():
            assert not named.search(path.read_text(errors="replace")), name


def test_services_know_only_contracts_that_exist() -> None:
    for service in SERVICES:
        for path in (APPS / service).rglob("*.py"):
            assert "Mock" not in names_in(path)
