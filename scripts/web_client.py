"""The API's description linted, and the typed client that is generated from it."""

import subprocess
import sys
from pathlib import Path

from apps.gateway.openapi import CONTRACTS
from scripts.local.errors import LauncherError
from scripts.local.parts import web_scripts
from scripts.local.places import ROOT

DOCUMENT = CONTRACTS / "gateway.json"
CLIENT = ROOT / "apps/web/client"
RULES = ROOT / "apps/web/redocly.yaml"


def generate(target: Path) -> None:
    """The paths and bodies of the API as TypeScript types."""
    _run("openapi-typescript/bin/cli.js", str(DOCUMENT), "--redocly", str(RULES), "-o", str(target))


def lint(document: Path = DOCUMENT) -> None:
    """LauncherError with what is wrong about the API's description."""
    _run("@redocly/cli/bin/cli.js", "lint", str(document), f"--config={RULES}")


def compile_client(folder: Path) -> None:
    """LauncherError with what does not fit together; `folder` gets a copy beside the packages it needs."""
    packages = web_scripts()
    for path in CLIENT.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "node_modules").symlink_to(packages)
    _run("typescript/bin/tsc", "--project", str(folder / "tsconfig.json"))


def _run(program: str, *arguments: str) -> None:
    node = Path(sys.executable).parent / "node"
    ran = subprocess.run(
        [str(node), str(web_scripts() / program), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        raise LauncherError(f"{program} refuses:\n{(ran.stdout + ran.stderr)[-2000:]}")
