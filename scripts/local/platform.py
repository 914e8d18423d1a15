"""The whole local platform: started in the order of readiness, stopped in the other."""

import shutil
import subprocess
import sys
import threading
from typing import Any

import psycopg

from scripts.local.buckets import make_buckets
from scripts.local.errors import LauncherError
from scripts.local.migrate import migrate_all
from scripts.local.parts import find_parts, web_scripts
from scripts.local.places import ROOT, Places
from scripts.local.programs import RealPart
from scripts.local.progress import complain, step
from scripts.local.reconcile import reconcile
from scripts.local.secret_files import admin_url, make_secrets
from scripts.local.services import command_environment, render_components, service_parts
from scripts.local.stores import store_parts
from scripts.local.supervisor import Supervisor

# What Nomad's periodic jobs do in a cluster.
PERIODIC = (("videos", "sweep"), ("transcoding", "sweep"))
PERIOD_SECONDS = 3600.0


class Platform:
    """Stores, sidecars and services; `real` are the programs that they run."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.real: dict[str, RealPart] = {}
        self.supervisor: Supervisor | None = None
        self.run_file: dict[str, Any] = {}
        self.secrets: dict[str, Any] = {}
        self._stop = threading.Event()
        self._timer = threading.Thread(target=self._periodic, daemon=True)

    def set_up(self) -> None:
        """Find, fetch and build what is needed."""
        self.real = find_parts()
        web_scripts()

    def erase(self) -> None:
        """Throw away what earlier runs kept."""
        # The parts of a killed launcher must not write into what is being removed.
        if self.places.pids.exists():
            Supervisor(self.places).stop()
        shutil.rmtree(self.places.home, ignore_errors=True)
        self.places.home.mkdir(parents=True)

    def start(self, *, without: frozenset[str] = frozenset()) -> None:
        """Start everything and wait until it is ready."""
        self.places.home.mkdir(parents=True, exist_ok=True)
        # PostgreSQL runs as another user and must be able to get to its folder.
        self.places.home.chmod(0o755)
        self.secrets = make_secrets(self.places)
        self.run_file = render_components(self.places)
        self.supervisor = Supervisor(self.places)
        stores = store_parts(self.places, self.real, self.secrets)
        for part in stores:
            self.supervisor.start(part)
        self._await(self.supervisor, "postgres", "redis")
        with step("migrations"):
            migrate_all(self.places, self.secrets)
        # Services start while the slower stores do: they wait for what they need.
        services = self._start_services(self.supervisor, without)
        self._await(self.supervisor, "seaweedfs", "typesense")
        keys = self.secrets["s3_access_key"], self.secrets["s3_secret_key"]
        make_buckets(self.places.s3_url, *keys)
        self._await(self.supervisor, *services)
        self._timer.start()

    def stop(self) -> None:
        """Stop everything; data is kept."""
        self._stop.set()
        if self.supervisor is not None:
            self.supervisor.stop()

    def command(self, service: str, *arguments: str, stdin: str | None = None) -> str:
        """Run a service's command, as an operator would; what it printed last."""
        ran = subprocess.run(
            [sys.executable, "-m", f"apps.{service}.main", *arguments],
            env=command_environment(self.run_file, self.places, service),
            input=stdin,
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        if ran.returncode != 0:
            raise LauncherError(f"{service} {arguments[0]} failed: {ran.stderr.strip()[-500:]}")
        lines = ran.stdout.strip().splitlines()
        return lines[-1] if lines else ""

    def memory_mib(self) -> float:
        """The proportional memory of all parts."""
        assert self.supervisor is not None
        return sum(self.supervisor.memory_bytes().values()) / 2**20

    def _await(self, supervisor: Supervisor, *names: str) -> None:
        for name in names:
            with step(name):
                supervisor.wait(name, 90)

    def _start_services(self, supervisor: Supervisor, without: frozenset[str]) -> list[str]:
        pairs = service_parts(self.places, self.run_file, self.real["daprd"], self.secrets)
        started = []
        for sidecar, app in pairs:
            if app.name not in without:
                supervisor.start(sidecar)
                supervisor.start(app)
                started += [app.name, sidecar.name]
        return started

    def _periodic(self) -> None:
        while not self._stop.wait(PERIOD_SECONDS):
            try:
                reconcile(admin_url(self.places, self.secrets))
                for service, command in PERIODIC:
                    self.command(service, command)
            except (LauncherError, psycopg.Error) as error:
                complain(str(error))
