"""What lies where in a cluster, and which host has which address."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.local.errors import LauncherError
from scripts.local.places import ROOT, cache_folder

# What Linux allows for the path of a Unix socket.
SOCKET_PATH = 107
DOMAIN = "marquee.test"
INGRESS_PORT = 8080
NETWORK = "10.77.0"
OPERATOR_ADDRESS = f"{NETWORK}.254"
STORES = ("postgres", "redis", "seaweedfs", "typesense")
NOMAD = ROOT / "nomad"
CONSUL = ROOT / "consul"
VAULT = ROOT / "vault"


@dataclass(frozen=True)
class Host:
    """One host: here a network namespace, elsewhere a machine."""

    name: str
    address: str

    @property
    def namespace(self) -> str:
        """The network namespace that stands in for the machine."""
        return f"mq-{self.name}"


@dataclass(frozen=True)
class Layout:
    """One cluster on this machine: a server, and clients that run allocations."""

    home: Path
    clients_count: int = 2

    @classmethod
    def usual(cls, clients_count: int = 2) -> "Layout":
        """The cluster of `scripts/cluster`."""
        return cls(cache_folder() / "cluster", clients_count)

    def check(self) -> None:
        """LauncherError if allocations could not make their sockets: a path may have 107 characters."""
        longest = self.data(self.clients[-1]) / "alloc" / ("x" * 36) / "alloc/tmp/consul_grpc.sock"
        if len(str(longest)) > SOCKET_PATH:
            raise LauncherError(
                f"{self.home} is too long a path; set MARQUEE_CACHE to a shorter one"
            )

    @property
    def server(self) -> Host:
        """Where Consul, Nomad and Vault decide."""
        return Host("server", f"{NETWORK}.1")

    @property
    def clients(self) -> Sequence[Host]:
        """Where allocations run; the first one has the stores' volumes and the ingress."""
        return [
            Host(f"client-{number}", f"{NETWORK}.{10 + number}")
            for number in range(1, self.clients_count + 1)
        ]

    @property
    def hosts(self) -> Sequence[Host]:
        """All of them."""
        return [self.server, *self.clients]

    @property
    def bin(self) -> Path:
        """Every program, by its own name."""
        return self.home / "bin"

    @property
    def tls(self) -> Path:
        """Certificates and their keys."""
        return self.home / "tls"

    @property
    def keys(self) -> Path:
        """Tokens, the gossip keys and Vault's unseal key: for the operator alone, never in the repository."""
        return self.home / "keys"

    @property
    def releases(self) -> Path:
        """A folder of code per version."""
        return self.home / "releases"

    @property
    def volumes(self) -> Path:
        """The stores' data."""
        return self.home / "volumes"

    @property
    def logs(self) -> Path:
        """A log per agent."""
        return self.home / "logs"

    @property
    def pids(self) -> Path:
        """A note per agent that runs."""
        return self.home / "pids"

    @property
    def nomad_url(self) -> str:
        """Nomad's API and UI."""
        return f"https://{self.server.address}:4646"

    @property
    def consul_url(self) -> str:
        """Consul's API and UI."""
        return f"https://{self.server.address}:8501"

    @property
    def vault_url(self) -> str:
        """Vault's API and UI."""
        return f"https://{self.server.address}:8200"

    @property
    def api_url(self) -> str:
        """Where viewers and studios come in."""
        return f"http://api.{DOMAIN}:{INGRESS_PORT}"

    def data(self, host: Host) -> Path:
        """A host's own folder; short, because allocations put sockets deep inside it."""
        return self.home / host.name
