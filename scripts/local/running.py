"""Reaches the running platform from a command beside it."""

import json
import subprocess
import sys
from typing import Any

from scripts.local.errors import LauncherError
from scripts.local.places import ROOT, Places
from scripts.local.services import command_environment, run_file_of


def platform_secrets(places: Places) -> dict[str, Any]:
    """The running platform's secrets; LauncherError when there is no platform."""
    path = places.secrets / "platform.json"
    if not path.exists():
        raise LauncherError(f"no platform at {places.home}. Start one: scripts/up")
    secrets: dict[str, Any] = json.loads(path.read_text())
    return secrets


def run_command(service: str, *arguments: str) -> int:
    """A service's own command against the running platform; its exit code."""
    places = Places.usual()
    platform_secrets(places)
    environment = command_environment(run_file_of(places), places, service)
    argv = [sys.executable, "-m", f"apps.{service}.main", *arguments]
    return subprocess.run(argv, env=environment, cwd=ROOT, check=False).returncode
