"""PostgreSQL, Valkey or Redis, SeaweedFS and Typesense as parts of the local platform."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
import redis

from apps.kit.objects import s3_client
from scripts.local.errors import LauncherError
from scripts.local.places import ROOT, Places
from scripts.local.programs import RealPart
from scripts.local.secret_files import admin_url
from scripts.local.supervisor import Part

# PostgreSQL refuses to run as root.
POSTGRES_USER = "nobody" if os.geteuid() == 0 else None


def store_parts(
    places: Places, real: Mapping[str, RealPart], platform: Mapping[str, Any]
) -> list[Part]:
    """The stores, each bound to the loopback interface."""
    places.data.mkdir(parents=True, exist_ok=True)
    return [
        _postgres(places, real["postgresql"].path, dict(platform)),
        _redis(places, real, platform),
        _seaweedfs(places, real["seaweedfs"].path, platform),
        _typesense(places, real["typesense"].path, platform),
        _mailbox(places),
    ]


def _mailbox(places: Places) -> Part:
    smtp, page = places.port("smtp"), places.port("mailbox")
    folder = places.data / "mailbox"
    return Part(
        name="mailbox",
        argv=[sys.executable, "-m", "scripts.local.mailbox", str(folder), str(smtp), str(page)],
        ports=[smtp, page],
        folder=ROOT,
        ready=_quiet(lambda: httpx.get(f"http://127.0.0.1:{page}/letters", timeout=2).is_success),
    )


def _postgres(places: Places, binaries: Path, platform: dict[str, Any]) -> Part:
    folder = places.data / "postgres"
    if not (folder / "PG_VERSION").exists():
        _init_postgres(folder, binaries, platform["postgres_password"])
    port = places.port("postgres")
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "shared_buffers": "64MB",
        "max_connections": 200,
        "jit": "off",
        "log_min_messages": "warning",
    }
    argv = [str(binaries / "postgres"), "-D", str(folder)]
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]
    return Part(
        name="postgres",
        argv=argv,
        ports=[port],
        user=POSTGRES_USER,
        folder=folder,
        # "Fast": open transactions are rolled back.
        stop_signal=signal.SIGINT,
        ready=_quiet(
            lambda: psycopg.connect(admin_url(places, platform), connect_timeout=2).close()
        ),
    )


def _init_postgres(folder: Path, binaries: Path, password: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    handle = folder.parent / "postgres.password"
    handle.touch(mode=0o600)
    handle.write_text(password)
    if POSTGRES_USER:
        shutil.chown(folder, POSTGRES_USER)
        shutil.chown(handle, POSTGRES_USER)
    argv = [str(binaries / "initdb"), "-D", str(folder), "-U", "marquee", "-A", "scram-sha-256"]
    argv += ["--pwfile", str(handle), "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
    ran = subprocess.run(
        argv, user=POSTGRES_USER, capture_output=True, text=True, cwd="/", check=False
    )
    handle.unlink()
    if ran.returncode != 0:
        raise LauncherError(
            f"initdb failed: {ran.stderr.strip()[-300:]}\n"
            f"The user {POSTGRES_USER or 'you'} must be able to reach {folder};"
            " set MARQUEE_CACHE to a folder that everybody may enter"
        )


def _redis(places: Places, real: Mapping[str, RealPart], platform: Mapping[str, Any]) -> Part:
    part = real.get("valkey-server") or real["redis-server"]
    folder, port = places.data / "redis", places.port("redis")
    folder.mkdir(exist_ok=True)
    password = str(platform["redis_password"])
    config = folder / "redis.conf"
    config.touch(mode=0o600)
    # In a file, because the process list shows arguments.
    config.write_text(
        f"bind 127.0.0.1\nport {port}\ndir {folder}\nrequirepass {password}\n"
        'appendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\nsave ""\n'
    )
    return Part(
        name="redis",
        argv=[str(part.path), str(config)],
        ports=[port],
        ready=_quiet(lambda: redis.Redis(port=port, password=password, socket_timeout=2).ping()),
    )


def _seaweedfs(places: Places, binary: Path, platform: Mapping[str, Any]) -> Part:
    folder = places.data / "seaweedfs"
    folder.mkdir(exist_ok=True)
    config = places.secrets / "s3.json"
    config.touch(mode=0o600)
    config.write_text(json.dumps({"identities": [_identity(platform)]}))
    ports = {
        "master.port": "weed-master",
        "master.port.grpc": "weed-master-grpc",
        "volume.port": "weed-volume",
        "volume.port.grpc": "weed-volume-grpc",
        "filer.port": "weed-filer",
        "filer.port.grpc": "weed-filer-grpc",
        "s3.port": "s3",
        "s3.port.grpc": "weed-s3-grpc",
    }
    argv = [str(binary), "-logtostderr", "server", f"-dir={folder}", "-ip=127.0.0.1"]
    argv += ["-ip.bind=127.0.0.1", "-s3", f"-s3.config={config}", "-volume.max=0"]
    argv += ["-master.volumeSizeLimitMB=1024"]
    argv += ["-master.electionTimeout=1s", "-master.telemetry=false"]
    argv += [f"-{flag}={places.port(name)}" for flag, name in ports.items()]
    client = s3_client(places.s3_url, platform["s3_access_key"], platform["s3_secret_key"])
    return Part(
        name="seaweedfs",
        argv=argv,
        ports=[places.port(name) for name in ports.values()],
        environment={"GOMEMLIMIT": "300MiB"},
        # Its graceful stop always waits 15 s; what it has acknowledged is written already.
        stop_signal=signal.SIGKILL,
        folder=folder,
        ready=_quiet(client.list_buckets),
    )


def _identity(platform: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"accessKey": platform["s3_access_key"], "secretKey": platform["s3_secret_key"]}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"name": "marquee", "credentials": [keys], "actions": actions}


def _typesense(places: Places, binary: Path, platform: Mapping[str, Any]) -> Part:
    folder, port = places.data / "typesense", places.port("typesense")
    folder.mkdir(exist_ok=True)
    peering = places.port("typesense-peering")
    config = folder / "typesense.ini"
    config.touch(mode=0o600)
    config.write_text(
        f"[server]\napi-key = {platform['typesense_api_key']}\ndata-dir = {folder}\n"
        f"api-address = 127.0.0.1\napi-port = {port}\n"
        f"peering-address = 127.0.0.1\npeering-port = {peering}\n"
    )
    url = f"http://127.0.0.1:{port}/health"
    return Part(
        name="typesense",
        argv=[str(binary), f"--config={config}"],
        ports=[port, peering],
        folder=folder,
        ready=lambda: _ok(url),
    )


def _ok(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def _quiet(ask: Callable[[], object]) -> Callable[[], bool]:
    """Whether asking works; until the store is up, it fails in ways of its own."""

    def ready() -> bool:
        try:
            ask()
        except Exception:  # noqa: BLE001 - not ready yet is no error
            return False
        return True

    return ready
