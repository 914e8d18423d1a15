"""A running platform as its tests use it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from apps.kit.objects import S3Objects, s3_client
from scripts.clients.session import ApiError, Session
from scripts.clients.studio import Studio
from scripts.local.main_job import make_accounts
from scripts.local.platform import Platform
from scripts.local.secret_files import admin_url


class Stage:
    """The platform, the accounts on it, and looks behind the scenes."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.places = platform.places
        assert platform.supervisor is not None
        self.supervisor = platform.supervisor
        secrets = platform.secrets
        accounts = make_accounts(
            self.places.gateway_url,
            lambda email: platform.command(
                "auth", "make-operator", email, stdin=secrets["operator_password"] + "\n"
            ),
            secrets,
        )
        self.studio, self.viewer = Studio(accounts.studio), accounts.viewer

    def close(self) -> None:
        """Sign off."""
        self.studio.session.http.close()
        self.viewer.http.close()

    def upload(self, film: Path, title: str, *, publish: bool = True) -> str:
        """A film, uploaded as a studio would; the video's id."""
        video = self.studio.create({"title": title, "genres": ["Test"]}, publish=publish)
        self.studio.upload(video["id"], film)
        return str(video["id"])

    def ended(self, video_id: str, seconds: float = 120) -> dict[str, Any]:
        """The video's job once it has ended, with its steps and all events."""
        events: list[Any] = []
        view: dict[str, Any] = {}
        for view in self.studio.follow(video_id, seconds):
            events += view["events"]
        return {**view, "events": events}

    def until(self, check: Callable[[], Any], seconds: float = 60) -> Any:
        """What `check` gives once it gives something; a platform that is away is waited for."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if found := check():
                    return found
            except (ApiError, OSError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds:.0f} s")

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows, as the database's superuser."""
        with psycopg.connect(admin_url(self.places, self.platform.secrets)) as connection:
            return connection.execute(query, values).fetchall()

    def bucket(self, name: str) -> S3Objects:
        """A bucket of the object store."""
        secrets = self.platform.secrets
        keys = secrets["s3_access_key"], secrets["s3_secret_key"]
        return S3Objects(s3_client(self.places.s3_url, *keys), name)

    def session(self, video_id: str) -> dict[str, Any]:
        """A playback session; other streams of the viewer are stopped first if need be."""

        def start() -> dict[str, Any]:
            path = f"/playback/{video_id}/sessions"
            try:
                ticket: dict[str, Any] = self.viewer.call("POST", path, json={"device": "test"})
            except ApiError as refused:
                for device in refused.problem.get("devices", ()):
                    self.viewer.call("DELETE", f"/playback/sessions/{device['session_id']}")
                raise
            return ticket

        ticket: dict[str, Any] = self.until(start)
        return ticket

    def grant(self, plan: str) -> None:
        """Give the viewer a plan, as an operator."""
        secrets = self.platform.secrets
        with Session(self.places.gateway_url) as operator:
            operator.log_in("operator@example.com", secrets["operator_password"])
            user = self.sql("SELECT id FROM auth.users WHERE email = 'viewer@example.com'")[0][0]
            operator.call("PUT", f"/playback/entitlements/{user}", json={"plan": plan})
