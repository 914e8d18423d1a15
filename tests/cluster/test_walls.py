"""What the mesh, Vault, PostgreSQL and Nomad refuse."""

import json
import socket
from contextlib import suppress

import httpx
import pytest

from scripts.local.errors import LauncherError
from tests.cluster.stage import ClusterStage, held

pytestmark = pytest.mark.cluster


def test_a_call_without_an_intention_is_refused(stage: ClusterStage) -> None:
    assert stage.until(stage.answers)
    with held(stage, "catalog"):

        def refused() -> bool:
            answer = httpx.get(f"{stage.url}/titles", timeout=5)
            return answer.status_code in (403, 503)

        assert stage.until(refused, 30)
    assert stage.until(stage.answers, 30)


def test_plaintext_to_a_sidecar_gets_no_answer(stage: ClusterStage) -> None:
    with stage.consul() as consul:
        entry = consul.get("/v1/catalog/connect/catalog").json()[0]
    where = entry["ServiceAddress"] or entry["Address"], entry["ServicePort"]
    with socket.create_connection(where, timeout=5) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: catalog\r\n\r\n")
        said = b""
        with suppress(OSError):
            said = plain.recv(100)
    assert not said.startswith(b"HTTP"), said


def test_studios_reach_nothing_of_the_object_store_but_putting_masters(stage: ClusterStage) -> None:
    for method, path in (
        ("GET", "/"),
        ("GET", "/masters/x"),
        ("PUT", "/media/x"),
        ("DELETE", "/masters/x"),
        ("POST", "/masters/x?uploads"),
    ):
        answer = httpx.request(method, f"{stage.uploads}{path}")
        assert (answer.status_code, answer.text) == (403, "RBAC: access denied"), (method, path)
    # This one goes through, to be refused by the store, which knows no such signature.
    unsigned = httpx.put(f"{stage.uploads}/masters/x", content=b"x")
    assert unsigned.status_code == 403
    assert "RBAC" not in unsigned.text


def test_a_services_token_opens_its_own_secrets_only(stage: ClusterStage) -> None:
    token = {"BAO_TOKEN": stage.secret_file("auth", "app", "vault_token").read_text()}
    own = stage.shell.run("bao", "kv", "get", "-mount=secret", "-format=json", "auth", more=token)
    assert "refresh_key" in json.loads(own)["data"]["data"]
    for path in ("kv get -mount=secret playback", "kv get -mount=secret postgres",
                 "read database/creds/videos", "write transit/decrypt/content-keys ciphertext=x"):  # fmt: skip
        with pytest.raises(LauncherError, match="permission denied"):
            stage.shell.run("bao", *path.split(), more=token)


def test_playback_may_open_content_keys_but_make_none(stage: ClusterStage) -> None:
    token = {"BAO_TOKEN": stage.secret_file("playback", "app", "vault_token").read_text()}
    asked = ("write", "transit/encrypt/content-keys", "plaintext=eA==", "context=eA==")
    with pytest.raises(LauncherError, match="permission denied"):
        stage.shell.run("bao", *asked, more=token)
    with pytest.raises(LauncherError, match="permission denied"):
        stage.shell.run("bao", "read", "transit/export/encryption-key/content-keys", more=token)


_QUERY = """
import os, psycopg
url = open(os.environ['MARQUEE_DATABASE_URL_FILE']).read().strip()
with psycopg.connect(url) as connection:
    try:
        connection.execute('SELECT 1 FROM %s LIMIT 1')
        print('read')
    except psycopg.errors.InsufficientPrivilege:
        print('refused')
"""


def test_a_services_database_user_sees_its_own_schema_only(stage: ClusterStage) -> None:
    assert stage.inside("auth", _QUERY % "auth.users") == "read"
    for table in ("videos.videos", "playback.sessions", "pg_authid"):
        assert stage.inside("auth", _QUERY % table) == "refused", table


_LOGIN = """
import psycopg
try:
    psycopg.connect('postgresql://%s:%s@127.0.0.1:5432/postgres').close()
    print('in')
except psycopg.OperationalError:
    print('refused')
"""


def test_an_expired_database_user_is_refused(stage: ClusterStage) -> None:
    role = stage.shell.json("bao", "read", "-format=json", "database/roles/auth")["data"]
    brief = {
        "db_name": "postgres",
        "creation_statements": role["creation_statements"],
        "revocation_statements": role["revocation_statements"],
        "default_ttl": "5s",
        "max_ttl": "5s",
    }
    stage.shell.run("bao", "write", "database/roles/brief", "-", stdin=json.dumps(brief))
    made = stage.shell.json("bao", "read", "-format=json", "database/creds/brief")["data"]
    login = _LOGIN % (made["username"], made["password"])
    assert stage.inside("auth", login) == "in"
    assert stage.until(lambda: stage.inside("auth", login) == "refused", 40)


def test_transcodings_identity_dispatches_and_does_nothing_else(stage: ClusterStage) -> None:
    token = stage.secret_file("transcoding", "app", "nomad_token").read_text()
    with stage.nomad(token) as nomad:
        assert nomad.get("/v1/job/transcode?namespace=media").status_code == 200
        for method, path in (
            ("DELETE", "/v1/job/transcode?namespace=media"),
            ("DELETE", "/v1/job/catalog"),
            ("GET", "/v1/job/catalog"),
            ("PUT", "/v1/system/gc"),
            ("GET", "/v1/acl/tokens"),
            ("GET", "/v1/jobs"),
        ):
            assert nomad.request(method, path).status_code == 403, path
