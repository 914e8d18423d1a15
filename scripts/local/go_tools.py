"""Programs in Go: a good one on PATH, else built once from a pinned module into the cache."""

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.local.places import ROOT, cache_folder
from scripts.local.programs import RealPart, run_program, said_by
from scripts.local.progress import step


@dataclass(frozen=True)
class GoTool:
    """A pinned module under `scripts/tools/<name>`, and how its program is built."""

    name: str
    version: str
    package: str
    tags: str = ""
    stamp: str = ""
    cgo: bool = False


DAPRD = GoTool(
    "daprd",
    "1.14.0",
    "github.com/dapr/dapr/cmd/daprd",
    tags="stablecomponents",
    stamp="github.com/dapr/dapr/pkg/buildinfo.version",
)
NOMAD = GoTool(
    "nomad",
    "1.11.3",
    "github.com/hashicorp/nomad",
    tags="ui release hashicorpmetrics",
    cgo=True,  # or it has no `exec` driver
)
CONSUL = GoTool("consul", "1.22.7", "github.com/hashicorp/consul")
AUTOSCALER = GoTool("nomad-autoscaler", "0.5.0", "github.com/hashicorp/nomad-autoscaler")


def go_tool(tool: GoTool) -> RealPart:
    """The program of a tool; a newer one of the same major version on PATH is as good."""
    found = shutil.which(tool.name)
    if found and _as_new(said_by(found, "--version"), tool.version):
        return RealPart(tool.name, said_by(found, "--version"), "PATH", Path(found))
    path = cache_folder() / f"bin/{tool.name}-{tool.version}"
    if not path.exists():
        with step(f"{tool.name} {tool.version} (built once)"):
            _build(tool, path)
    module = "/".join(tool.package.split("/")[:3])
    return RealPart(tool.name, tool.version, f"Go module {module}", path)


def _as_new(said: str, version: str) -> bool:
    """Whether `said` tells of the same major version and at least the same minor one."""
    found = re.search(r"(\d+)\.(\d+)", said)
    wanted = [int(number) for number in version.split(".")[:2]]
    return found is not None and int(found[1]) == wanted[0] and int(found[2]) >= wanted[1]


def _build(tool: GoTool, path: Path) -> None:
    """Build with caches of its own, which go again: they take over 4 GB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    caches = cache_folder() / "go-build"
    environment = {
        **os.environ,
        "CGO_ENABLED": "1" if tool.cgo else "0",
        "GOCACHE": str(caches / "build"),
        "GOMODCACHE": str(caches / "modules"),
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOTOOLCHAIN": "local",
    }
    partial = path.with_suffix(".partial")
    stamp = f" -X {tool.stamp}={tool.version}" if tool.stamp else ""
    run_program(
        [
            *(*_go(), "build", "-trimpath", "-tags", tool.tags, "-ldflags", f"-s -w{stamp}"),
            *("-o", str(partial), tool.package),
        ],
        ROOT / "scripts/tools" / tool.name,
        environment,
    )
    partial.rename(path)
    shutil.rmtree(caches, ignore_errors=True)


def _go() -> list[str]:
    found = shutil.which("go")
    if found and _go_is_new(said_by(found, "version")):
        return [found]
    return [str(Path(sys.executable).parent / "go")]


def _go_is_new(said: str) -> bool:
    numbers = re.search(r"go(\d+)\.(\d+)", said)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= (1, 25)
