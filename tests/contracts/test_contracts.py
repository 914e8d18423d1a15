"""What is committed is what the code says, and contracts only grow."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from apps.contracts import delivery
from apps.contracts.delivery import DeliveryGrant, DeliveryRefusedError
from apps.contracts.videos import Metadata, Rating
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


def committed(path: Path) -> dict[str, Any] | None:
    """A schema as the last commit has it."""
    name = str(path.relative_to(ROOT))
    shown = subprocess.run(
        ["git", "show", f"HEAD:{name}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return json.loads(shown.stdout) if shown.returncode == 0 else None


def shrunk(old: dict[str, Any], new: dict[str, Any], at: str = "") -> list[str]:
    """What `new` took away from `old`, or asks for besides."""
    lost = [
        f"{at}.{name} is gone"
        for name in old.get("properties", {})
        if name not in new.get("properties", {})
    ]
    lost += [
        f"{at}.{n} is required now"
        for n in set(new.get("required", ())) - set(old.get("required", ()))
    ]
    for name, other in new.get("properties", {}).items():
        kind = old.get("properties", {}).get(name, {})
        if "type" in kind and kind["type"] != other.get("type"):
            lost.append(f"{at}.{name} changed its type")
    for name, kind in old.get("$defs", {}).items():
        lost += shrunk(kind, new.get("$defs", {}).get(name, {}), f"{at}.{name}")
    return lost


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda p: p.name)
def test_contracts_only_grow(path: Path) -> None:
    before = committed(path)
    if before is not None:
        assert shrunk(before, json.loads(path.read_text()), path.stem) == []


def test_a_shrunk_contract_is_noticed() -> None:
    old = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    new = {"properties": {"a": {"type": "integer"}}, "required": ["a", "c"]}
    assert len(shrunk(old, new)) == 3


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
