"""Consul's part of the mesh: defaults, intentions, subsets, and Vault's own place in it."""

import json
from pathlib import Path

from scripts.operate.agents import Agents
from scripts.operate.layout import CONSUL, Layout
from scripts.operate.shell import Shell

VAULT_SERVICE = {
    "service": {
        "name": "vault",
        "port": 8200,
        "connect": {
            "sidecar_service": {
                "proxy": {"upstreams": [{"destination_name": "postgres", "local_bind_port": 5432}]}
            }
        },
    }
}


def write_entries(shell: Shell) -> None:
    """Every config entry, protocols first: routes and intentions are refused without them."""
    for folder in ("", "services", "routing", "routers", "intentions"):
        for path in sorted((CONSUL / folder).glob("*.hcl")):
            shell.run("consul", "config", "write", str(path))


def split(shell: Shell, service: str, canary: int) -> None:
    """Send `canary` of a hundred requests to the new version of a service, the rest to the old one."""
    splits = [
        {"Weight": 100 - canary, "ServiceSubset": "stable"},
        {"Weight": canary, "ServiceSubset": "canary"},
    ]
    entry = {"Kind": "service-splitter", "Name": service, "Splits": splits}
    shell.run("consul", "config", "write", "-", stdin=json.dumps(entry))


def unsplit(shell: Shell, service: str) -> None:
    """Send every request to what is stable."""
    shell.run("consul", "config", "delete", "-kind=service-splitter", f"-name={service}")


def join_vault(layout: Layout, shell: Shell, agents: Agents, token: str) -> None:
    """Vault's Envoy on the server, by which it reaches PostgreSQL."""
    server = layout.server
    local = {"CONSUL_HTTP_ADDR": "http://127.0.0.1:8500", "CONSUL_GRPC_ADDR": "127.0.0.1:8502"}
    own = {**local, "CONSUL_HTTP_TOKEN": token}
    definition = layout.data(server) / "vault-service.json"
    definition.write_text(json.dumps(VAULT_SERVICE))
    shell.run("consul", "services", "register", str(definition), on=server, more=own)
    bootstrap = shell.run(
        "consul", "connect", "envoy", "-sidecar-for=vault", "-bootstrap", on=server, more=own
    )
    config: Path = layout.data(server) / "vault-envoy.json"
    config.touch(mode=0o600)
    config.write_text(bootstrap)
    agents.start("envoy-vault", server, ["envoy", "-c", str(config), "-l", "warning", "--concurrency", "1",
                                         "--disable-hot-restart"])  # fmt: skip
