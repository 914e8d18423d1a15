"""Runs operators' programs, by the tokens and certificates of one cluster."""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from scripts.local.errors import LauncherError
from scripts.local.places import ROOT
from scripts.local.progress import say
from scripts.operate.layout import Host, Layout

T = TypeVar("T")


class Shell:
    """One operator at the cluster; with `printing`, each command is shown before it runs."""

    def __init__(self, layout: Layout, *, printing: bool = False) -> None:
        self.layout = layout
        self._printing = printing

    def environment(self) -> dict[str, str]:
        """What `scripts/cluster env` prints: addresses, certificates, and the operator's tokens."""
        layout = self.layout
        found = {
            "CONSUL_HTTP_ADDR": layout.consul_url,
            "CONSUL_CACERT": str(layout.tls / "consul-agent-ca.pem"),
            "NOMAD_ADDR": layout.nomad_url,
            "NOMAD_CACERT": str(layout.tls / "nomad-agent-ca.pem"),
            "BAO_ADDR": layout.vault_url,
            "BAO_CACERT": str(layout.tls / "nomad-agent-ca.pem"),
        }
        tokens = (("CONSUL_HTTP_TOKEN", "consul"), ("NOMAD_TOKEN", "nomad"), ("BAO_TOKEN", "vault"))
        for name, key in tokens:
            path = layout.keys / f"{key}.token"
            if path.exists():
                found[name] = path.read_text()
        return found

    def run(
        self,
        *argv: str,
        stdin: str | None = None,
        on: Host | None = None,
        folder: Path = ROOT,
        more: Mapping[str, str] | None = None,
        looking: bool = False,
    ) -> str:
        """A program's output; LauncherError with its last words if it fails.

        `on` a host: in its network. `looking` changes nothing, and is not shown.
        """
        if self._printing and not looking:
            place = f"[{on.name}] " if on else ""
            say(f"{place}$ {shlex.join(_short(argv))}")
        entering = ["nsenter", f"--net=/var/run/netns/{on.namespace}", "--"] if on else []
        own = {**self.environment(), **(more or {})}
        ran = subprocess.run(
            [*entering, *argv],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, **own, "PATH": f"{self.layout.bin}:{os.environ['PATH']}"},
            check=False,
        )
        if ran.returncode != 0:
            said = (ran.stderr.strip() or ran.stdout.strip())[-900:]
            raise LauncherError(f"{shlex.join(_short(argv))} failed:\n{said}")
        return ran.stdout

    def show(self, *argv: str) -> int:
        """Let a program talk to the operator itself; its exit code."""
        if self._printing:
            say(f"$ {shlex.join(_short(argv))}")
        path = f"{self.layout.bin}:{os.environ['PATH']}"
        environment = {**os.environ, **self.environment(), "PATH": path}
        return subprocess.run(argv, cwd=ROOT, env=environment, check=False).returncode

    def json(self, *argv: str, **asked: Any) -> Any:
        """A program's output as JSON."""
        return json.loads(self.run(*argv, **asked))

    def nomad(self, path: str) -> Any:
        """An answer of Nomad's API."""
        return self.json("nomad", "operator", "api", path, looking=True)


def patiently(do: Callable[[], T], seconds: float = 30) -> T:
    """What `do` gives, tried again while a fresh part of the cluster finds its feet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return do()
        except LauncherError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def _short(argv: tuple[str, ...]) -> list[str]:
    """As an operator would type it: files of the checkout by their relative path."""
    return [word.replace(f"{ROOT}/", "") for word in argv]
