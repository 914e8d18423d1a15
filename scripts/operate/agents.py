"""The agents of a cluster, each on its host: started, found again by their notes, and ended."""

import json
import os
import string
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from scripts.local.errors import LauncherError
from scripts.local.places import cache_folder
from scripts.operate.layout import DOMAIN, INGRESS_PORT, NOMAD, STORES, Host, Layout

TEMPLATES = NOMAD / "infrastructure/agents"
STOP_SECONDS = 20


class Agents:
    """Starts and ends processes that outlive this command."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        # Kept, because Python complains about processes that outlive what started them.
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, host: Host, argv: Sequence[str]) -> None:
        """Start an agent in its host's network, unless it runs already."""
        if self.running(name) is not None:
            return
        layout = self._layout
        for folder in (layout.logs, layout.pids):
            folder.mkdir(parents=True, exist_ok=True)
        # Not `ip netns exec`: that gives each agent a mount namespace of its own, in which it loses
        # sight of its allocations' networks when it starts again.
        entering = ["nsenter", f"--net=/var/run/netns/{host.namespace}", "--"]
        with (layout.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*entering, *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**_plain(), "PATH": f"{layout.bin}:{os.environ['PATH']}"},
                start_new_session=True,
            )
        self._started.append(process)
        started = psutil.Process(process.pid).create_time()
        note = json.dumps({"pid": process.pid, "started": started})
        (layout.pids / name).write_text(note)

    def running(self, name: str) -> psutil.Process | None:
        """The process of an agent, if it runs."""
        path = self._layout.pids / name
        if not path.exists():
            return None
        note = json.loads(path.read_text())
        try:
            process = psutil.Process(note["pid"])
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if alive and abs(process.create_time() - note["started"]) < 1 else None

    def stop(self, name: str, *, kill: bool = False) -> None:
        """End an agent, and wait until it has ended; what a Nomad client runs goes on."""
        self._end([name], kill=kill)

    def stop_all(self) -> None:
        """End every agent at once."""
        self._end(self.names())

    def _end(self, names: Sequence[str], *, kill: bool = False) -> None:
        processes = [process for name in names if (process := self.running(name))]
        for process in processes:
            process.kill() if kill else process.terminate()
        _, alive = psutil.wait_procs(processes, timeout=STOP_SECONDS)
        for left in alive:
            left.kill()
        for name in names:
            (self._layout.pids / name).unlink(missing_ok=True)
        for child in self._started:
            child.poll()

    def names(self) -> list[str]:
        """Every agent that was started."""
        return sorted(path.name for path in self._layout.pids.glob("*"))

    def wait(self, name: str, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Until an agent is ready; LauncherError with the end of its log if it does not get there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.running(name) is not None:
            if ready():
                return
            time.sleep(0.1)
        log = self._layout.logs / f"{name}.log"
        said = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        raise LauncherError(f"{name} does not become ready. Its log ({log}) ends:\n{said}")


def configure(layout: Layout, host: Host, template: str, **values: str) -> Path:
    """An agent's configuration for a host, from its template; readable by root alone."""
    text = (TEMPLATES / f"{template}.tmpl").read_text()
    ingress = host == layout.clients[0]
    known = {
        "NAME": host.name,
        "ADDRESS": host.address,
        "INTERFACE": "eth0",
        "JOIN": layout.server.address,
        "SERVERS": "1",
        "DATA": str(layout.data(host)),
        "TLS": str(layout.tls),
        "VAULT_ADDR": layout.vault_url,
        "NOMAD_ADDR": layout.nomad_url,
        "STAGE": "staging",
        "DOMAIN": f"{DOMAIN}:{INGRESS_PORT}",
        "SCHEME": "http",
        "CACHE": str(cache_folder()),
        "VOLUMES": str(layout.volumes),
        "INGRESS": "true" if ingress else "false",
        **values,
    }
    path = layout.data(host) / template
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(string.Template(text).substitute(known))
    return path


def make_volumes(layout: Layout) -> None:
    """The stores' folders, for the user that they run as."""
    for store in STORES:
        folder = layout.volumes / store
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, 65534, 65534)
        folder.chmod(0o700)


def _plain() -> dict[str, str]:
    """The environment without what would lead an agent astray."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
