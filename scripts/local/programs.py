"""Programs that Marquee runs but did not write."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.local.errors import LauncherError


@dataclass(frozen=True)
class RealPart:
    """One program: where it came from, and where it lies."""

    name: str
    version: str
    source: str
    path: Path


def said_by(program: str, flag: str) -> str:
    """The first line that a program says of itself; nothing if it fails."""
    ran = subprocess.run([program, flag], capture_output=True, text=True, timeout=20, check=False)
    return (ran.stdout or ran.stderr).strip().splitlines()[0] if ran.returncode == 0 else ""


def run_program(argv: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    """Run a program to its end; LauncherError with its last lines if it fails."""
    ran = subprocess.run(
        argv, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode != 0:
        said = "\n".join((ran.stderr or ran.stdout).strip().splitlines()[-15:])
        raise LauncherError(f"{' '.join(argv[:4])} failed:\n{said}")
