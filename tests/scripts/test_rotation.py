"""Keys follow each other: two of a kind at any time, and a rotation that was broken off goes on."""

import json
from pathlib import Path

import pytest

from scripts.local.errors import LauncherError
from scripts.local.places import Places
from scripts.local.secret_files import begin_rotation, end_rotation, make_secrets, service_secrets


def test_the_newest_key_stays_and_a_fresh_one_follows(tmp_path: Path) -> None:
    places = Places(tmp_path)
    before = make_secrets(places)["delivery_keys"]
    for number in range(2, 11):
        begin_rotation(places, "delivery-keys")
        end_rotation(places)
        assert set(make_secrets(places)["delivery_keys"]) == {str(number), str(number + 1)}
    assert before["2"] not in make_secrets(places)["delivery_keys"].values()


def test_the_gateway_turns_to_the_key_that_all_know(tmp_path: Path) -> None:
    places = Places(tmp_path)
    for expected in ("1", "2", "3"):
        platform = make_secrets(places)
        assert service_secrets("gateway", platform, places)["internal_key_id"] == expected
        known = service_secrets("catalog", platform, places)
        assert {f"gateway_public_{expected}", f"gateway_public_{int(expected) + 1}"} <= set(known)
        begin_rotation(places, "internal-keys")
        end_rotation(places)


def test_a_rotation_that_was_broken_off_goes_on_with_its_own_keys(tmp_path: Path) -> None:
    places = Places(tmp_path)
    begin_rotation(places, "delivery-keys")
    begun = make_secrets(places)["delivery_keys"]
    with pytest.raises(LauncherError, match="Finish it first: rotate delivery-keys"):
        begin_rotation(places, "internal-keys")
    begin_rotation(places, "delivery-keys")
    assert make_secrets(places)["delivery_keys"] == begun
    end_rotation(places)
    begin_rotation(places, "delivery-keys")
    assert make_secrets(places)["delivery_keys"] != begun


def test_every_sidecar_gets_tokens_of_its_own(tmp_path: Path) -> None:
    places = Places(tmp_path)
    before = make_secrets(places)
    begin_rotation(places, "sidecar-tokens")
    after = json.loads((places.secrets / "platform.json").read_text())
    for kind in ("app_tokens", "dapr_tokens"):
        assert set(before[kind]) == set(after[kind])
        assert not set(before[kind].values()) & set(after[kind].values())


def test_a_service_that_is_new_gets_its_secrets_and_no_other_changes(tmp_path: Path) -> None:
    places = Places(tmp_path, 0)
    before = make_secrets(places)
    kept = places.secrets / "platform.json"
    old = json.loads(kept.read_text())
    for kind in ("database_passwords", "app_tokens", "dapr_tokens"):
        del old[kind]["profiles"]
    kept.write_text(json.dumps(old))
    grown = make_secrets(places)
    assert grown == make_secrets(places)
    for kind in ("database_passwords", "app_tokens", "dapr_tokens"):
        assert set(grown[kind]) == set(before[kind])
        assert {name: grown[kind][name] for name in old[kind]} == old[kind]
