"""From bare hosts to a cluster that trusts itself: certificates, gossip keys, ACLs, identities."""

import base64
import json
import secrets
from pathlib import Path

from scripts.local.errors import LauncherError
from scripts.operate.agents import Agents, configure, make_volumes
from scripts.operate.layout import CONSUL, NOMAD, VAULT, Host, Layout
from scripts.operate.shell import Shell, patiently


class Bootstrap:
    """Every step finds out by itself whether it was done before."""

    def __init__(self, layout: Layout, shell: Shell, agents: Agents) -> None:
        self._layout = layout
        self._shell = shell
        self._agents = agents

    def trust(self) -> None:
        """Certificate authorities, the agents' certificates, and the gossip keys."""
        tls, keys = self._layout.tls, self._layout.keys
        for folder in (tls, keys):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        # Allocations verify Vault by this certificate, as users that are not root.
        tls.chmod(0o711)
        for name in ("consul", "nomad"):
            gossip = keys / f"{name}.gossip"
            if not gossip.exists():
                self._keep(gossip, base64.b64encode(secrets.token_bytes(32)).decode())
        if (tls / "global-client-nomad.pem").exists():
            return
        server = self._layout.server.address
        clients = [f"-additional-ipaddress={client.address}" for client in self._layout.clients]
        run = self._shell.run
        run("consul", "tls", "ca", "create", folder=tls)
        run("consul", "tls", "cert", "create", "-server", "-dc=dc1",
            f"-additional-ipaddress={server}", folder=tls)  # fmt: skip
        run("nomad", "tls", "ca", "create", folder=tls)
        run("nomad", "tls", "cert", "create", "-server", "-region=global",
            f"-additional-ipaddress={server}", folder=tls)  # fmt: skip
        run("nomad", "tls", "cert", "create", "-client", *clients, folder=tls)
        (tls / "nomad-agent-ca.pem").chmod(0o644)

    def consul(self) -> None:
        """Consul's agents, its ACLs, and the tokens of the other agents."""
        layout, agents = self._layout, self._agents
        key = (layout.keys / "consul.gossip").read_text()
        server = configure(layout, layout.server, "consul-server.hcl", GOSSIP_KEY=key)
        self._start_agent("consul", layout.server, server)
        agents.wait("consul-server", lambda: self._answers("consul", "info"))
        self._bootstrap_consul()
        token = self.consul_token("consul-agent")
        run = self._shell.run
        patiently(lambda: run("consul", "acl", "set-agent-token", "agent", token))
        for client in layout.clients:
            own = configure(
                layout, client, "consul-client.hcl", GOSSIP_KEY=key, CONSUL_AGENT_TOKEN=token
            )
            self._start_agent("consul", client, own)

    def vault(self) -> None:
        """Vault: initialised once, unsealed every time."""
        layout, agents = self._layout, self._agents
        layout.data(layout.server).joinpath("vault").mkdir(parents=True, exist_ok=True)
        config = configure(layout, layout.server, "vault.hcl")
        agents.start("vault-server", layout.server, ["bao", "server", f"-config={config}"])
        agents.wait("vault-server", lambda: self._vault_status() is not None)
        status = self._vault_status()
        if status is not None and not status["initialized"]:
            asked = ("-key-shares=1", "-key-threshold=1", "-format=json")
            made = self._shell.json("bao", "operator", "init", *asked)
            self._keep(layout.keys / "vault.unseal", made["unseal_keys_b64"][0])
            self._keep(layout.keys / "vault.token", made["root_token"])
        self.unseal()

    def unseal(self) -> None:
        """Open Vault with the operator's key."""
        self._shell.run("bao", "operator", "unseal", self._read("vault.unseal"))
        self._agents.wait("vault-server", lambda: not self.sealed())

    def sealed(self) -> bool:
        """Whether Vault is closed, or away."""
        return bool((self._vault_status() or {"sealed": True})["sealed"])

    def nomad(self) -> None:
        """Nomad's agents, its ACLs, and the namespace of batch work."""
        layout, agents = self._layout, self._agents
        make_volumes(layout)
        token = self.consul_token("nomad-agent")
        key = (layout.keys / "nomad.gossip").read_text()
        server = configure(
            layout, layout.server, "nomad-server.hcl", GOSSIP_KEY=key, CONSUL_NOMAD_TOKEN=token
        )
        self._start_agent("nomad", layout.server, server)
        self.start_clients()
        agents.wait(
            "nomad-server", lambda: self._answers("nomad", "operator", "api", "/v1/status/leader")
        )
        self._bootstrap_nomad()
        self._shell.run("nomad", "namespace", "apply", "-description=Batch work", "media")
        for name, job in (("transcoding", "transcoding"), ("autoscaler", "autoscaler")):
            self._shell.run("nomad", "acl", "policy", "apply", "-namespace=default", f"-job={job}",
                            name, str(NOMAD / f"acl/{name}.hcl"))  # fmt: skip
        self._shell.run(
            "nomad", "acl", "policy", "apply", "operator", str(NOMAD / "acl/operator.hcl")
        )

    def start_clients(self) -> None:
        """Nomad's clients, those that do not run; what they ran before, they find again."""
        layout = self._layout
        token = self._read("consul-nomad-agent.token")
        for client in layout.clients:
            configs = [configure(layout, client, "nomad-client.hcl", CONSUL_NOMAD_TOKEN=token)]
            if client == layout.clients[0]:
                configs.append(configure(layout, client, "nomad-volumes.hcl"))
            self._start_agent("nomad", client, *configs)

    def identities(self) -> None:
        """Consul and Vault believe what Nomad says of its workloads."""
        ca, jwks = (
            str(self._layout.tls / "nomad-agent-ca.pem"),
            f"{self._layout.nomad_url}/.well-known/jwks.json",
        )
        methods = self._shell.json("consul", "acl", "auth-method", "list", "-format=json")
        if "nomad-workloads" not in {method["Name"] for method in methods or ()}:
            self._shell.run(
                "nomad", "setup", "consul", "-y", f"-jwks-url={jwks}", f"-jwks-ca-file={ca}"
            )
        self._vault_engines()
        run = self._shell.run
        run("bao", "write", "auth/jwt-nomad/config", f"jwks_url={jwks}", f"jwks_ca_pem=@{ca}",
            "jwt_supported_algs=RS256,EdDSA", "default_role=none")  # fmt: skip
        for policy in sorted((VAULT / "policies").glob("*.hcl")):
            run("bao", "policy", "write", policy.stem, str(policy))
        for role in sorted((VAULT / "roles").glob("*.json")):
            run("bao", "write", f"auth/jwt-nomad/role/{role.stem}", f"@{role}")

    def consul_token(self, name: str) -> str:
        """The token of an agent, made at first by the policy of its name in `consul/acl`."""
        path = self._layout.keys / f"consul-{name}.token"
        if not path.exists():
            rules = f"-rules=@{CONSUL / 'acl' / name}.hcl"
            self._shell.run("consul", "acl", "policy", "create", f"-name={name}", rules)
            asked = (f"-policy-name={name}", f"-description={name}", "-format=json")
            made = self._shell.json("consul", "acl", "token", "create", *asked)
            self._keep(path, made["SecretID"])
        return path.read_text()

    def _vault_engines(self) -> None:
        run = self._shell.run
        engines = self._shell.json("bao", "secrets", "list", "-format=json")
        for path, kind in (("secret", "kv-v2"), ("database", "database"), ("transit", "transit")):
            if f"{path}/" not in engines:
                run("bao", "secrets", "enable", f"-path={path}", kind)
        if "transit/" not in engines:
            # Each asset's keys are wrapped by a key derived for it.
            run("bao", "write", "-f", "transit/keys/content-keys", "derived=true")
        if "jwt-nomad/" not in self._shell.json("bao", "auth", "list", "-format=json"):
            run("bao", "auth", "enable", "-path=jwt-nomad", "jwt")

    def _start_agent(self, program: str, host: Host, *configs: Path) -> None:
        flag = {"consul": "-config-file", "nomad": "-config"}[program]
        argv = [program, "agent", *(f"{flag}={config}" for config in configs)]
        self._agents.start(f"{program}-{host.name}", host, argv)

    def _bootstrap_consul(self) -> None:
        path = self._layout.keys / "consul.token"
        if not path.exists():
            # A server that has just started has to be elected first.
            made = patiently(lambda: self._shell.json("consul", "acl", "bootstrap", "-format=json"))
            self._keep(path, made["SecretID"])

    def _bootstrap_nomad(self) -> None:
        path = self._layout.keys / "nomad.token"
        if not path.exists():
            made = patiently(lambda: self._shell.json("nomad", "acl", "bootstrap", "-json"))
            self._keep(path, made["SecretID"])

    def _answers(self, *argv: str) -> bool:
        try:
            self._shell.run(*argv, looking=True)
        except LauncherError as error:
            # An agent that knows no ACL token yet answers, too.
            return "ACL not found" in str(error) or "Permission denied" in str(error)
        return True

    def _vault_status(self) -> dict[str, object] | None:
        try:
            return dict(
                json.loads(
                    self._shell.run(
                        "sh", "-c", "bao status -format=json || test $? = 2", looking=True
                    )
                )
            )
        except (LauncherError, ValueError):
            return None

    def _read(self, name: str) -> str:
        path = self._layout.keys / name
        if not path.exists():
            raise LauncherError(
                f"{path} is missing: it was made by the first `up`, and is nowhere else"
            )
        return path.read_text()

    def _keep(self, path: Path, secret: str) -> None:
        path.touch(mode=0o600)
        path.write_text(secret)
