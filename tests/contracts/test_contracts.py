"""What is committed is what the code says, and contracts only grow."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from apps.contracts import delivery
from apps.contracts.delivery import DeliveryGrant, DeliveryRefusedError
from apps.contracts.videos import Metadata, Rating
from apps.gateway.openapi import CONTRACTS
from scripts.contracts import SCHEMAS, exported, exported_gateway
from scripts.local.places import ROOT


@pytest.mark.parametrize("path", exported(), ids=lambda p: p.name)
def test_exported_contracts_are_fresh(path: Path) -> None:
    assert path.read_text() == exported()[path], "run scripts/export-contracts"


def test_the_merged_document_is_fresh() -> None:
    path, text = exported_gateway()
    assert path.read_text() == text, "run scripts/export-contracts"


def test_nothing_stale_is_left() -> None:
    assert {p for p in SCHEMAS.glob("*.json")} == {p for p in exported() if p.parent == SCHEMAS}


def committed(path: Path) -> list[dict[str, Any]]:
    """A contract in every version that was ever committed."""
    name = str(path.relative_to(ROOT))
    return [json.loads(git("show", f"{commit}:{name}")) for commit in commits(name)]


def commits(name: str) -> list[str]:
    return git("log", "--format=%h", "--diff-filter=AM", "--", name).split()


def git(*arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return ran.stdout


def shrunk(
    old: dict[str, Any], new: dict[str, Any], at: str = "", *, asked: bool = True
) -> list[str]:
    """What `new` took away from `old`; where it is `asked` of others, also what it asks besides."""
    before, after = old.get("properties", {}), new.get("properties", {})
    lost = [f"{at}.{name} is gone" for name in before if name not in after]
    if asked:
        besides = set(new.get("required", ())) - set(old.get("required", ()))
        lost += [f"{at}.{name} is required now" for name in besides]
    for name, other in after.items():
        kind = before.get(name, {})
        if "type" in kind and kind["type"] != other.get("type"):
            lost.append(f"{at}.{name} changed its type")
    for name, kind in old.get("$defs", {}).items():
        lost += shrunk(kind, new.get("$defs", {}).get(name, {}), f"{at}.{name}")
    return lost


def shrunk_document(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The operations that an OpenAPI document lost, and how the schemas of those that stay shrank."""
    lost = [
        f"{method.upper()} {path} is gone"
        for path, item in old["paths"].items()
        for method in item
        if method not in new["paths"].get(path, {})
    ]
    requests = str([operation.get("requestBody") for operation in operations(new)])
    schemas = new.get("components", {}).get("schemas", {})
    for name, kind in old.get("components", {}).get("schemas", {}).items():
        if name in schemas:
            asked = f"schemas/{name}'" in requests
            lost += shrunk(kind, schemas[name], name, asked=asked)
    return lost


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for item in document["paths"].values() for operation in item.values()]


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda p: p.name)
def test_facts_only_grow(path: Path) -> None:
    for before in committed(path):
        assert shrunk(before, json.loads(path.read_text()), path.stem) == []


@pytest.mark.parametrize("path", sorted(CONTRACTS.glob("*.json")), ids=lambda p: p.name)
def test_routes_only_grow(path: Path) -> None:
    for before in committed(path):
        assert shrunk_document(before, json.loads(path.read_text())) == []


def test_a_fact_that_was_announced_once_stays() -> None:
    folder = str(SCHEMAS.relative_to(ROOT))
    assert git("log", "--format=%h %s", "--diff-filter=D", "--", folder) == ""


def test_a_shrunk_contract_is_noticed() -> None:
    old = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    new = {"properties": {"a": {"type": "integer"}}, "required": ["a", "c"]}
    assert len(shrunk(old, new)) == 3
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
    post = {"requestBody": body}
    before = {"paths": {"/a": {"get": {}, "post": post}}, "components": {"schemas": {"A": old}}}
    after = {"paths": {"/a": {"post": post}}, "components": {"schemas": {"A": new}}}
    assert len(shrunk_document(before, after)) == 4


def test_min_age_is_the_strictest() -> None:
    ratings = (
        Rating(system="FSK", value="6", min_age=6),
        Rating(system="MPAA", value="R", min_age=17),
    )
    assert Metadata(title="x", ratings=ratings).min_age == 17


KEYS = {"1": b"first key", "2": b"second key"}
GRANT = DeliveryGrant("vod/a/1p1/", "session", 1000)


def test_a_delivery_token_opens_its_prefix() -> None:
    for key_id, key in KEYS.items():
        token = delivery.sign(GRANT, key_id=key_id, key=key)
        assert delivery.check(token, "vod/a/1p1/v720p/00001.m4s", keys=KEYS, now=999) == GRANT


@pytest.mark.parametrize(
    ("path", "now"), [("vod/a/1p1/x", 1000), ("vod/a/1p2/x", 0), ("vod/b/1p1/x", 0), ("art/a/x", 0)]
)
def test_a_delivery_token_opens_nothing_else(path: str, now: float) -> None:
    token = delivery.sign(GRANT, key_id="1", key=KEYS["1"])
    with pytest.raises(DeliveryRefusedError):
        delivery.check(token, path, keys=KEYS, now=now)


def test_no_changed_character_goes_through() -> None:
    token = delivery.sign(GRANT, key_id="1", key=KEYS["1"])
    for at, character in enumerate(token):
        other = "A" if character != "A" else "B"
        forged = token[:at] + other + token[at + 1 :]
        # The last character of each half carries bits that its decoder ignores.
        if forged.rstrip("=") != token:
            with pytest.raises(DeliveryRefusedError):
                delivery.check(forged, "vod/a/1p1/x", keys=KEYS, now=0)


@pytest.mark.parametrize("token", ["", ".", "a.b", "~~~.x", "%2e.x", "é.x"])
def test_garbage_is_refused(token: str) -> None:
    with pytest.raises(DeliveryRefusedError):
        delivery.check(token, "vod/a/1p1/x", keys=KEYS, now=0)
