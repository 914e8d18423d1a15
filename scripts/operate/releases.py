"""Versions of the code, each in a folder of its own."""

import compileall
import shutil
import subprocess
import time
from pathlib import Path

from scripts.local.places import ROOT
from scripts.operate.layout import Layout

_PARTS = ("apps", "components", "scripts")


def make_release(layout: Layout, version: str | None = None) -> Path:
    """A copy of the checkout's code, named by its commit and moment unless it is named."""
    folder = layout.releases / (version or _named())
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for part in _PARTS:
            shutil.copytree(
                ROOT / part,
                partial / part,
                ignore=shutil.ignore_patterns("__pycache__", "node_modules"),
            )
        compileall.compile_dir(partial / "apps", quiet=1)
        partial.rename(folder)
    current = layout.releases / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(folder)
    return folder


def _named() -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return f"{commit or 'checkout'}-{time.strftime('%Y%m%d-%H%M%S')}"
