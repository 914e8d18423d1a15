"""A cluster on this machine, as it would be on many: made, started and stopped."""

import shutil
from collections.abc import Callable
from pathlib import Path

from scripts.local.errors import LauncherError
from scripts.local.progress import step
from scripts.local.secret_files import SERVICES
from scripts.operate import credentials, machines, mesh, programs, releases
from scripts.operate.agents import Agents
from scripts.operate.bootstrap import Bootstrap
from scripts.operate.jobs import Jobs
from scripts.operate.layout import INGRESS_PORT, NOMAD, STORES, Layout
from scripts.operate.rollout import Rollout
from scripts.operate.rotation import Rotation
from scripts.operate.shell import Shell, patiently


class Cluster:
    """One cluster, and what an operator does with it."""

    def __init__(self, layout: Layout, *, printing: bool = False) -> None:
        self.layout = layout
        self.shell = Shell(layout, printing=printing)
        self.agents = Agents(layout)
        self.jobs = Jobs(layout, self.shell)
        self.rollout = Rollout(layout, self.shell, self.jobs)
        self.rotation = Rotation(layout, self.shell, self.jobs)
        self.bootstrap = Bootstrap(layout, self.shell, self.agents)

    def up(self) -> None:
        """Hosts, agents, trust, stores, services and the ingress, in their order."""
        programs.check_machine()
        self.layout.check()
        if self._mark.exists() and self.agents.running("nomad-server"):
            raise LauncherError("the cluster is up already. Look: scripts/cluster status")
        with step("programs"):
            programs.gather(self.layout)
        release = releases.make_release(self.layout)
        with step("hosts"):
            machines.make_hosts(self.layout)
            machines.name_ingress(self.layout.clients[0].address)
        self._agents()
        with step("mesh: defaults, intentions, subsets"):
            mesh.write_entries(self.shell)
        with step("secrets"):
            credentials.write_secrets(self.layout, self.shell)
        self._stores(release)
        self._services(release)
        self._mark.touch()

    @property
    def _mark(self) -> Path:
        """There once everything is up: an `up` that was broken off goes on where it stopped."""
        return self.layout.home / "up"

    def erase(self) -> None:
        """Stop what runs, and forget all data and keys."""
        programs.check_machine()
        self.down()
        shutil.rmtree(self.layout.home, ignore_errors=True)

    def down(self) -> None:
        """Stop every job, every agent and every host; data and keys are kept."""
        if self.agents.running("nomad-server"):
            with step("jobs"):
                self.jobs.stop_all()
        self._mark.unlink(missing_ok=True)
        with step("agents"):
            self.agents.stop_all()
        with step("hosts"):
            machines.remove_hosts(self.layout)
            machines.name_ingress(None)

    def _agents(self) -> None:
        steps: list[tuple[str, Callable[[], None]]] = [
            ("certificates and gossip keys", self.bootstrap.trust),
            ("Consul", self.bootstrap.consul),
            ("Vault", self.bootstrap.vault),
            ("Nomad", self.bootstrap.nomad),
            ("identities, policies, roles", self.bootstrap.identities),
        ]
        for name, do in steps:
            with step(name):
                do()

    def _stores(self, release: Path) -> None:
        with step("stores"):
            for name in STORES:
                self.jobs.store(name)
            self.jobs.wait_deployed(STORES)
        with step("migrations"):
            self.jobs.once("migrate", release)
        with step("short-lived database users"):
            token = self.bootstrap.consul_token("vault")
            mesh.join_vault(self.layout, self.shell, self.agents, token)
            patiently(lambda: credentials.make_database_users(self.layout, self.shell))

    def _services(self, release: Path) -> None:
        with step("services"):
            self.jobs.plain("transcode", f"-var=release={release}")
            for name in SERVICES:
                # There is no earlier version to go back to: rather try again, on another host.
                self.jobs.service(name, release, progress_deadline="5m")
            self.jobs.plain("ingress", f"-var=port={INGRESS_PORT}")
            for path in sorted((NOMAD / "periodic").glob("*.hcl")):
                self.jobs.command(path, release)
            self.jobs.plain("autoscaler")
            self.jobs.wait_deployed([*SERVICES, "ingress"])
