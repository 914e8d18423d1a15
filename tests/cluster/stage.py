"""A running cluster as its tests use it."""

import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import psutil

from scripts.clients.session import ApiError
from scripts.clients.studio import Studio
from scripts.local.errors import LauncherError
from scripts.operate import main_job
from scripts.operate.cluster import Cluster
from scripts.operate.layout import DOMAIN, INGRESS_PORT

# What a request may get while a part is dead: nothing but "not now".
DECLARED = {503, 504}


class ClusterStage:
    """The cluster, the accounts on it, and looks behind the scenes."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.shell, self.jobs, self.layout = cluster.shell, cluster.jobs, cluster.layout
        accounts = main_job.accounts(cluster.layout, cluster.jobs)
        self.accounts = accounts
        self.studio, self.viewer = Studio(accounts.studio), accounts.viewer
        self.url = cluster.layout.api_url
        self.media = f"http://media.{DOMAIN}:{INGRESS_PORT}"
        self.uploads = f"http://upload.{DOMAIN}:{INGRESS_PORT}"

    def close(self) -> None:
        """Sign off."""
        self.studio.session.http.close()
        self.viewer.http.close()

    def upload(self, film: Path, title: str) -> str:
        """A film, uploaded as a studio would; the video's id."""
        video = self.studio.create({"title": title, "genres": ["Test"]}, publish=True)
        self.studio.upload(video["id"], film)
        return str(video["id"])

    def job(self, video: str) -> dict[str, Any]:
        """The video's job with its steps."""
        listed = self.studio.jobs(video)
        if not listed:
            return {"job": {"state": "none"}, "steps": []}
        view: dict[str, Any] = self.studio.session.call(
            "GET", f"/transcoding/jobs/{listed[0]['id']}"
        )
        return view

    def until(self, check: Callable[[], Any], seconds: float = 60) -> Any:
        """What `check` gives once it gives something; what is away is waited for."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if found := check():
                    return found
            except (ApiError, LauncherError, OSError, httpx.HTTPError):
                pass
            time.sleep(0.2)
        raise AssertionError(f"not within {seconds:.0f} s")

    def answers(self, path: str = "/titles") -> bool:
        """Whether the ingress answers a request well."""
        return httpx.get(f"{self.url}{path}", timeout=5).status_code == 200

    def allocation(self, job: str, namespace: str = "default") -> dict[str, Any]:
        """A job's newest running allocation."""
        return self.jobs.allocations(job, namespace=namespace)[0]

    def secret_file(self, job: str, task: str, name: str) -> Path:
        """A file among the secrets of a task."""
        found = self.allocation(job)
        host = next(h for h in self.layout.clients if h.name == found["NodeName"])
        folder: Path = self.layout.data(host) / "alloc" / str(found["ID"])
        return folder / task / "secrets" / name

    def process(self, job: str, task: str) -> psutil.Process:
        """The process of a task: what Nomad's executor for it started."""
        mark = f"/{self.allocation(job)['ID']}/{task}/"
        for executor in psutil.process_iter(["cmdline"]):
            words = executor.info["cmdline"] or []
            if "executor" in words and mark in " ".join(words):
                started: list[psutil.Process] = executor.children()
                if started:
                    return started[0]
        raise AssertionError(f"{task} of {job} does not run")

    def consul(self) -> httpx.Client:
        """Consul's API, with the operator's token."""
        known = self.shell.environment()
        headers = {"X-Consul-Token": known["CONSUL_HTTP_TOKEN"]}
        trust = ssl.create_default_context(cafile=known["CONSUL_CACERT"])
        return httpx.Client(base_url=known["CONSUL_HTTP_ADDR"], headers=headers, verify=trust)

    def nomad(self, token: str) -> httpx.Client:
        """Nomad's API, with somebody's token."""
        known = self.shell.environment()
        trust = ssl.create_default_context(cafile=known["NOMAD_CACERT"])
        headers = {"X-Nomad-Token": token}
        return httpx.Client(base_url=known["NOMAD_ADDR"], headers=headers, verify=trust)

    def inside(self, job: str, code: str) -> str:
        """What a piece of Python prints inside the newest allocation of a service."""
        python = str(self.layout.bin / "python")
        return self.jobs.execute(job, "app", python, "-c", code).strip()

    def requests_of(self, allocation: str, route: str) -> int:
        """How many requests for a route an allocation has served, by its own metrics."""
        code = (
            "import os, urllib.request as u; r = u.Request('http://127.0.0.1:8000/metrics',"
            " headers={'dapr-api-token': os.environ['APP_API_TOKEN']});"
            " print(u.urlopen(r).read().decode())"
        )
        python = str(self.layout.bin / "python")
        said = self.jobs.execute_in(allocation, "app", python, "-c", code)
        mark = f'marquee_http_request_seconds_count{{method="GET",route="{route}",status="200"}}'
        lines = [line for line in said.splitlines() if line.startswith(mark)]
        return int(float(lines[0].split()[-1])) if lines else 0


class Load:
    """Steady requests through the ingress; remembers what was answered, and what was made."""

    def __init__(self, stage: ClusterStage, per_second: float = 10) -> None:
        self._stage = stage
        self._pause = 1 / per_second
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.statuses: Counter[int] = Counter()
        self.strange: list[str] = []
        self.made: list[str] = []
        # Fresh, so that it outlives the load.
        stage.studio.session.refresh()
        self._token = stage.studio.session.access_token

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        with httpx.Client(base_url=self._stage.url, timeout=10) as client:
            while not self._stop.wait(self._pause):
                number += 1
                self._send(client, number)

    def _send(self, client: httpx.Client, number: int) -> None:
        try:
            if number % 3:
                answer = client.get("/titles")
            else:
                headers = {"Authorization": f"Bearer {self._token}"}
                answer = client.post("/videos", json={"title": f"load {number}"}, headers=headers)
                if answer.status_code == 201:
                    self.made.append(answer.json()["id"])
        except httpx.TransportError as error:
            # The connection to the ingress itself broke: nothing was answered, so nothing was promised.
            self.strange.append(f"{type(error).__name__}: {error}")
            return
        self.statuses[answer.status_code] += 1

    def check_nothing_lost(self) -> None:
        """Every video that was answered with 201 is there, and errors are of declared kinds only."""
        stage = self._stage
        for video in self.made:
            assert stage.until(partial(stage.studio.session.call, "GET", f"/videos/{video}"))
        undeclared = {s for s in self.statuses if s >= 400} - DECLARED
        assert not undeclared, self.statuses
        assert not self.strange, self.strange


@contextmanager
def held(stage: ClusterStage, name: str) -> Iterator[None]:
    """A config entry of Consul that is gone for a while."""
    entry = stage.shell.json(
        "consul", "config", "read", "-kind=service-intentions", f"-name={name}"
    )
    stage.shell.run("consul", "config", "delete", "-kind=service-intentions", f"-name={name}")
    try:
        yield
    finally:
        for volatile in ("CreateIndex", "ModifyIndex", "Hash"):
            entry.pop(volatile, None)
        for source in entry["Sources"]:
            for volatile in (
                "LegacyID",
                "LegacyCreateTime",
                "LegacyUpdateTime",
                "Precedence",
                "Type",
            ):
                source.pop(volatile, None)
        stage.shell.run("consul", "config", "write", "-", stdin=json.dumps(entry))
