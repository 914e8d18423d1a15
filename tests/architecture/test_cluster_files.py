"""What operators run says what the design says: the star, a place for every service, and no secret."""

import json
import re
import subprocess

import pytest
import yaml

from scripts.local.places import ROOT
from scripts.local.secret_files import SERVICES
from scripts.operate.layout import STORES
from tests.architecture.test_boundaries import heard_by, scoped

VARS = ROOT / "nomad/vars"
CALLED = ("auth", "profiles", "videos", "transcoding", "catalog", "playback")
# Who reaches a store besides the services that name it as an upstream.
BESIDE = {
    "postgres": {"transcode", "operations", "vault"},
    "seaweedfs": {"transcode", "operations", "ingress"},
    "typesense": {"operations"},
    "gateway": {"ingress"},
    "edge": {"ingress"},
}


def upstreams(service: str) -> dict[str, int]:
    """What a service reaches, and on which port."""
    text = (VARS / f"{service}.hcl").read_text()
    return {name: int(port) for name, port in re.findall(r'name = "(\w+)", port = (\d+)', text)}


def sources(destination: str) -> set[str]:
    """Who may reach a destination."""
    text = (ROOT / f"consul/intentions/{destination}.hcl").read_text()
    return set(re.findall(r'Name\s*=\s*"([\w-]+)"', text)) - {destination}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_its_place_in_the_cluster(service: str) -> None:
    for path in (
        f"nomad/vars/{service}.hcl",
        f"consul/services/{service}.hcl",
        f"consul/intentions/{service}.hcl",
        f"consul/routing/{service}.hcl",
        f"vault/policies/{service}.hcl",
        f"vault/roles/{service}.json",
    ):
        assert (ROOT / path).exists(), path
    assert f'name = "{service}"' in re.sub(" +", " ", (VARS / f"{service}.hcl").read_text())
    role = json.loads((ROOT / f"vault/roles/{service}.json").read_text())
    assert role["token_policies"] == [service]
    assert role["bound_claims"]["nomad_job_id"] == [service]


def test_intentions_are_the_star_and_nothing_else() -> None:
    for destination in (*SERVICES, *STORES):
        callers = {service for service in SERVICES if destination in upstreams(service)}
        assert sources(destination) == callers | BESIDE.get(destination, set()), destination
    for service in SERVICES:
        assert set(upstreams(service)) <= {*STORES, *(CALLED if service == "gateway" else ())}
    assert set(upstreams("gateway")) == {*CALLED, "redis"}


def test_the_gateways_endpoints_are_its_upstreams() -> None:
    text = (ROOT / "components/cluster/resources/endpoints.yaml").read_text()
    found = {}
    for document in yaml.safe_load_all(text):
        assert document["scopes"] == ["gateway"]
        found[document["metadata"]["name"]] = int(document["spec"]["baseUrl"].rpartition(":")[2])
    assert found == {n: port for n, port in upstreams("gateway").items() if n in CALLED}


@pytest.mark.parametrize("where", ["local", "cluster"])
def test_topics_are_scoped_alike_everywhere(where: str) -> None:
    component = yaml.safe_load((ROOT / f"components/{where}/resources/pubsub.yaml").read_text())
    metadata = {each["name"]: each.get("value") for each in component["spec"]["metadata"]}
    may_hear = scoped(metadata["subscriptionScopes"])
    for service in SERVICES:
        heard = set(heard_by(service))
        assert may_hear.get(service, set()) == (heard | {f"{service}.dead"} if heard else set())
    hearing = {service for service in SERVICES if "redis" in upstreams(service)}
    assert set(component["scopes"]) == hearing


def test_a_policy_opens_a_services_own_paths_only() -> None:
    for service in SERVICES:
        text = (ROOT / f"vault/policies/{service}.hcl").read_text()
        for path in re.findall(r'path "([^"]+)"', text):
            own = path in (
                f"secret/data/{service}",
                f"database/creds/{service}",
                "secret/data/pubsub",
            )
            keys = path.startswith("transit/") and service in ("transcoding", "playback")
            assert own or keys, (service, path)
        # Who may reach the broker has to be able to sign in to it.
        assert ('"secret/data/pubsub"' in text) == ("redis" in upstreams(service)), service
    assert "encrypt" not in (ROOT / "vault/policies/playback.hcl").read_text()


def test_every_command_has_the_operations_identity() -> None:
    role = json.loads((ROOT / "vault/roles/operations.json").read_text())
    files = [*(ROOT / "nomad/commands").glob("*.hcl"), *(ROOT / "nomad/periodic").glob("*.hcl")]
    assert set(role["bound_claims"]["nomad_job_id"]) == {path.stem for path in files}


def test_no_file_of_the_cluster_has_a_secret() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "nomad", "consul", "vault", "components", "scripts/operate"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    long_words = re.compile(r"\b(?:[0-9a-f]{32,}|[A-Za-z0-9+]{40,}={0,2})\b")
    literal = re.compile(
        r"""(?:password|token|secret)["']?\s*[=:]\s*["'][^"'${}<]{6,}["']""", re.IGNORECASE
    )
    for name in listed:
        text = (ROOT / name).read_text()
        assert not long_words.search(text), name
        assert not literal.search(text.replace("secretstores", "")), name


def test_everything_of_an_allocation_listens_on_loopback() -> None:
    service = (ROOT / "nomad/service.nomad.hcl").read_text()
    assert '"--dapr-listen-addresses=127.0.0.1"' in service
    assert '"--host", "127.0.0.1"' in service
    for store in STORES:
        text = (ROOT / f"nomad/infrastructure/vars/{store}.hcl").read_text()
        assert "127.0.0.1" in text, store
        assert "0.0.0.0" not in text, store
