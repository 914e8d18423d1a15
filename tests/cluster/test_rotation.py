"""Secrets are replaced under a steady load, and nobody notices."""

import base64
import json

import httpx
import pytest

from scripts.local.parts import sample_film
from scripts.local.places import Places
from scripts.local.secret_files import make_secrets
from tests.cluster.stage import ClusterStage, Load

pytestmark = pytest.mark.cluster


def key_of(url: str) -> str:
    """The id of the key that signed a manifest's address: the last of the token's claims."""
    claims = url.split("/t/")[1].partition(".")[0]
    padded = claims + "=" * (-len(claims) % 4)
    return base64.urlsafe_b64decode(padded).decode().split("~")[-1]


@pytest.fixture(scope="module")
def video(stage: ClusterStage) -> str:
    made = stage.upload(sample_film(), "Rotated")
    stage.until(lambda: stage.job(made)["job"]["state"] == "completed", 120)
    stage.until(lambda: manifest(stage, made))
    return made


def manifest(stage: ClusterStage, video: str) -> str:
    started = stage.viewer.call("POST", f"/playback/{video}/sessions", json={})
    stage.viewer.call("DELETE", f"/playback/sessions/{started['session_id']}")
    return str(started["manifests"]["dash"])


def test_delivery_keys_change_and_signed_addresses_stay_good(
    stage: ClusterStage, video: str
) -> None:
    before = manifest(stage, video)
    with Load(stage) as load:
        stage.cluster.rotation.rotate("delivery-keys")
    load.check_nothing_lost()
    assert set(load.statuses) == {200, 201}, load.statuses
    after = manifest(stage, video)
    assert int(key_of(after)) == int(key_of(before)) + 1
    for url in (before, after):
        assert httpx.get(url).status_code == 200


def test_internal_keys_change_without_a_refused_call(stage: ClusterStage) -> None:
    with Load(stage) as load:
        stage.cluster.rotation.rotate("internal-keys")
    load.check_nothing_lost()
    assert set(load.statuses) == {200, 201}, load.statuses
    known = stage.shell.json("bao", "kv", "get", "-mount=secret", "-format=json", "gateway")
    assert known["data"]["data"]["internal_key_id"] == "2"
    # The first key's public half is gone everywhere: what it signed opens nothing.
    assert "gateway_public_1" not in json.dumps(known)
    assert "rotating" not in make_secrets(Places(stage.layout.keys))


def test_sidecar_tokens_change_without_an_error(stage: ClusterStage) -> None:
    def token() -> str:
        return stage.secret_file("catalog", "app", "tokens.env").read_text()

    before = token()
    with Load(stage) as load:
        stage.cluster.rotation.rotate("sidecar-tokens")
    load.check_nothing_lost()
    assert set(load.statuses) == {200, 201}, load.statuses
    assert token() != before
