"""The cluster's figures, beside those of one machine in the same run."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import psutil

from scripts.clients.studio import Studio
from scripts.local.main_job import Accounts
from scripts.local.parts import sample_film
from scripts.local.places import cache_folder
from scripts.local.progress import say
from scripts.measure import requests
from scripts.measure.audience import audience
from scripts.measure.figures import Figures
from scripts.operate import main_job
from scripts.operate.cluster import Cluster
from scripts.operate.credentials import platform_secrets
from scripts.operate.layout import Layout
from scripts.operate.shell import patiently

REST_SECONDS = 20
_KINDS = ("daprd", "envoy", "nomad agent", "nomad executor", "nomad logmon", "consul agent", "bao server",
          "uvicorn", "apps.transcoding.main worker", "postgres", "valkey", "redis-server", "weed", "typesense",
          "nomad-autoscaler")  # fmt: skip


def measure_cluster(one_machine: Mapping[str, float]) -> Figures:
    """Make a fresh cluster of its own, measure it, and take it away."""
    layout = Layout(cache_folder() / "test")
    cluster = Cluster(layout)
    cluster.erase()
    try:
        began = time.monotonic()
        cluster.up()
        bench = ClusterBench(cluster, one_machine)
        bench.figures.note("ready from `up`, programs cached", time.monotonic() - began, 120, "s")
        bench.everything()
    finally:
        cluster.down()
    return bench.figures


class ClusterBench:
    """A running cluster, measured part by part."""

    def __init__(self, cluster: Cluster, one_machine: Mapping[str, float]) -> None:
        self._cluster = cluster
        self._one = one_machine
        self._url = cluster.layout.api_url
        self._accounts: Accounts = main_job.accounts(cluster.layout, cluster.jobs)
        self.figures = Figures()

    def everything(self) -> None:
        """Every figure of the cluster."""
        self._memory()
        played, figures = main_job.run(
            self._cluster.layout, self._accounts, sample_film(), "Bench trailer"
        )
        for name in ("upload_seconds", "playable_seconds", "completed_seconds", "search_ms"):
            say(
                f"     {name:<24} one machine {self._one[name]:8.2f}   cluster {figures[name]:8.2f}"
            )
        most = self._one["playable_seconds"] + 2
        self.figures.note(
            "playable, trailer (one machine's + 2 s)", figures["playable_seconds"], most, "s"
        )
        secrets = platform_secrets(self._cluster.layout)
        viewers = audience(self._url, secrets["viewer_password"], played.video_id)
        started = requests.sessions(self._url, viewers, played.video_id)
        p99 = started.percentile(0.99)
        say(
            f"     sessions_p99_ms          one machine {self._one['sessions_p99_ms']:8.2f}   cluster {p99:8.2f}"
        )
        self.figures.note("POST sessions at 20/s, p99", p99, 80, "ms")
        self.figures.note("POST sessions at 20/s, failed", started.failures, 0, "")
        self._dispatch()
        served = requests.throughput(self._url, "/.well-known/jwks.json")
        one = self._one["requests_per_second"]
        say(
            f"     requests a second to a small route: one machine {one:.0f}, through the ingress {served:.0f}"
        )

    def _dispatch(self) -> None:
        """A worker that has to be dispatched first: from Nomad's receipt to the first step in its hands."""
        studio, shell = self._accounts.studio, self._cluster.shell
        video = studio.call("POST", "/videos", json={"title": "Cold"})["id"]
        for job, namespace in self._cluster.jobs.names():
            if job.startswith("transcode/dispatch-"):
                shell.run("nomad", "job", "stop", "-detach", f"-namespace={namespace}", job)
        Studio(studio).upload(video, sample_film())
        event = patiently(lambda: main_job.first_step(studio, video), 60)
        allocation = shell.nomad(f"/v1/allocation/{event['worker']}?namespace=media")
        begun = datetime.fromisoformat(event["at"]).timestamp()
        cold = begun - allocation["CreateTime"] / 1e9
        self.figures.note("dispatch to first step claimed", cold, 4, "s")
        studio.call("DELETE", f"/videos/{video}")

    def _memory(self) -> None:
        """The whole cluster at rest, and a table of what each kind of process takes."""
        time.sleep(REST_SECONDS)
        total: Counter[str] = Counter()
        number: Counter[str] = Counter()
        for process in _processes(self._cluster):
            try:
                kind = _kind(process)
                total[kind] += process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
            number[kind] += 1
        for kind, taken in total.most_common():
            say(f"     {number[kind]:3} x {kind:<30} {taken / number[kind] / 2**20:7.0f} MiB each")
        say(f"     one machine takes {self._one['memory_gib']:.2f} GiB")
        self.figures.note("memory (PSS) at rest", sum(total.values()) / 2**30, 8, "GiB")


def _processes(cluster: Cluster) -> list[psutil.Process]:
    """The agents, and everything in their allocations."""
    found: dict[int, psutil.Process] = {}
    home = str(cluster.layout.home)
    for process in psutil.process_iter(["cmdline"]):
        if home in " ".join(process.info["cmdline"] or ()):
            for each in (process, *process.children(recursive=True)):
                found[each.pid] = each
    return list(found.values())


def _kind(process: psutil.Process) -> str:
    words = " ".join(process.cmdline()) or process.name()
    return next((kind for kind in _KINDS if kind in words), process.name())
