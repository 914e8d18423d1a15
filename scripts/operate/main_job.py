"""The main job through the ingress: the same client as on one machine."""

from pathlib import Path
from typing import Any

import httpx

from scripts.clients.session import Session
from scripts.clients.studio import Studio
from scripts.local.browser import first_frame_ms
from scripts.local.errors import LauncherError
from scripts.local.main_job import Accounts, Played, make_accounts, run_main_job
from scripts.operate.credentials import platform_secrets
from scripts.operate.jobs import Jobs
from scripts.operate.layout import Layout
from scripts.operate.shell import patiently


def accounts(layout: Layout, jobs: Jobs) -> Accounts:
    """A studio and a viewer; the operator is made inside the allocation of auth."""
    secrets = platform_secrets(layout)

    def make_operator(email: str) -> str:
        command = ("-m", "apps.auth.main", "make-operator", email)
        password = secrets["operator_password"] + "\n"
        return jobs.execute("auth", "app", str(layout.bin / "python"), *command, stdin=password)

    patiently(lambda: _answers(layout))
    return make_accounts(layout.api_url, make_operator, secrets)


def run(
    layout: Layout, signed_in: Accounts, film: Path, title: str
) -> tuple[Played, dict[str, Any]]:
    """Upload, transcode, search and play a film; what it came to, and its figures."""
    played = run_main_job(signed_in, film, title)
    figures: dict[str, Any] = dict(played.figures)
    figures["first_frame_ms"] = first_frame_ms(layout.api_url, played.ticket)
    return played, figures


def first_step(studio: Session, video: str) -> dict[str, Any]:
    """The event of a job's first step in a worker's hands; LauncherError while there is none."""
    for job in Studio(studio).jobs(video):
        view = studio.call("GET", f"/transcoding/jobs/{job['id']}")
        for event in view["events"]:
            if event["event"] == "started":
                return dict(event)
    raise LauncherError("no worker has taken a step yet")


def _answers(layout: Layout) -> None:
    """A fresh ingress has no endpoints for some seconds."""
    try:
        httpx.get(f"{layout.api_url}/titles", timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        raise LauncherError(f"{layout.api_url} does not answer yet: {error}") from error
