"""Every service beside its own sidecar, as `components/dapr.yaml` says."""

import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any

import httpx
import yaml

from scripts.local.places import ROOT, Places, rendered
from scripts.local.programs import RealPart
from scripts.local.supervisor import Part


def render_components(places: Places) -> dict[str, Any]:
    """Write the platform's own copy of `components/local`; the run file with its ports."""
    shutil.rmtree(places.components, ignore_errors=True)
    for source in (ROOT / "components/local").rglob("*.yaml"):
        target = places.components / source.relative_to(ROOT / "components/local")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(rendered(source.read_text(), places))
    return run_file_of(places)


def run_file_of(places: Places) -> dict[str, Any]:
    """The multi-app run file, with the platform's ports."""
    text = rendered((ROOT / "components/dapr.yaml").read_text(), places)
    run_file: dict[str, Any] = yaml.safe_load(text)
    return run_file


def service_parts(
    places: Places, run_file: Mapping[str, Any], daprd: RealPart, platform: Mapping[str, Any]
) -> list[tuple[Part, Part]]:
    """A sidecar and an app for each service."""
    return [
        (
            sidecar_part(places, app, daprd, platform),
            app_part(app, run_file["common"]["env"], platform),
        )
        for app in run_file["apps"]
    ]


def sidecar_part(
    places: Places, app: Mapping[str, Any], daprd: RealPart, platform: Mapping[str, Any]
) -> Part:
    """The sidecar of one service, on the loopback interface only."""
    http, grpc = app["daprHTTPPort"], app["daprGRPCPort"]
    flags = {
        "app-id": app["appID"],
        "app-port": app["appPort"],
        "app-protocol": "http",
        "dapr-http-port": http,
        "dapr-grpc-port": grpc,
        "dapr-internal-grpc-port": grpc + 50,
        "dapr-listen-addresses": "127.0.0.1",
        "config": places.components / "configuration/configuration.yaml",
        "placement-host-address": "",
        "enable-metrics": "false",
        "log-level": "warn",
        "max-body-size": "2Mi",
        "dapr-graceful-shutdown-seconds": 2,
    }
    return Part(
        name=f"{app['appID']}-dapr",
        argv=[
            str(daprd.path),
            *(f"--{name}={value}" for name, value in flags.items()),
            f"--resources-path={places.components / 'resources'}",
            f"--resources-path={places.components / 'secrets' / app['appID']}",
        ],
        ports=[http, grpc, grpc + 50],
        layer=1,
        environment={
            **_tokens(app["appID"], platform),
            "DAPR_HOST_IP": "127.0.0.1",
            "GOMEMLIMIT": "80MiB",
            "GOGC": "50",
        },
        ready=lambda: _ok(f"http://127.0.0.1:{http}/v1.0/healthz"),
    )


def app_part(
    app: Mapping[str, Any], common: Mapping[str, str], platform: Mapping[str, Any], *more: str
) -> Part:
    """One service; `more` are further arguments of uvicorn."""
    argv = [sys.executable, *app["command"][1:], "--host", "127.0.0.1", "--no-access-log"]
    argv += ["--log-level", "warning", "--timeout-graceful-shutdown", "8", *more]
    own = {
        "DAPR_HTTP_PORT": str(app["daprHTTPPort"]),
        "DAPR_GRPC_PORT": str(app["daprGRPCPort"]),
        "APP_ID": app["appID"],
        "APP_PORT": str(app["appPort"]),
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    return Part(
        name=app["appID"],
        argv=argv,
        ports=[app["appPort"]],
        layer=2,
        environment={**common, **app.get("env", {}), **_tokens(app["appID"], platform), **own},
        folder=ROOT,
        ready=lambda: _ok(f"http://127.0.0.1:{app['appPort']}/readyz"),
    )


def command_environment(
    run_file: Mapping[str, Any], places: Places, service: str
) -> dict[str, str]:
    """The environment of a service's command, which has no sidecar."""
    own: dict[str, str] = next(
        (app.get("env", {}) for app in run_file["apps"] if app["appID"] == service), {}
    )
    secrets = str(places.secrets / f"{service}.json")
    return {**os.environ, **run_file["common"]["env"], **own, "MARQUEE_SECRETS_FILE": secrets}


def _tokens(service: str, platform: Mapping[str, Any]) -> dict[str, str]:
    return {
        "APP_API_TOKEN": platform["app_tokens"][service],
        "DAPR_API_TOKEN": platform["dapr_tokens"][service],
    }


def _ok(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False
