"""Measures the figures that Marquee promises, and prints them beside their goals."""

import argparse
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from apps.kit.migrations import services_with_schema
from apps.transcoding.media.sandbox import TOOLS
from scripts.clients.studio import Studio
from scripts.local.browser import chromium_page, play
from scripts.local.errors import LauncherError
from scripts.local.main_job import Accounts, make_accounts, open_session, run_main_job
from scripts.local.parts import sample_film
from scripts.local.places import Places, cache_folder
from scripts.local.platform import Platform
from scripts.local.progress import complain
from scripts.local.secret_files import admin_url
from scripts.measure import encodes, requests
from scripts.measure.audience import audience
from scripts.measure.cluster import measure_cluster
from scripts.measure.figures import Figures

BENCH_SHIFT = 10_000
REST_SECONDS = 20
FRAMES = 20
HALF_HOUR = 1800


class Bench:
    """A fresh platform of its own, measured part by part."""

    def __init__(self, platform: Platform, accounts: Accounts) -> None:
        self._platform = platform
        self._url = platform.places.gateway_url
        self._accounts = accounts
        self.figures = Figures()
        self.note = self.figures.note

    def everything(self, *, peer: bool) -> None:
        """Every figure of the platform."""
        self.memory()
        video_id = self.encoding(peer=peer)
        self.playing(video_id)
        self.half_hour()
        self.facts()
        self.requests(video_id)

    def for_comparison(self) -> dict[str, float]:
        """What a cluster's figures stand beside."""
        self.memory()
        played = run_main_job(self._accounts, sample_film(), "Bench trailer")
        viewers = audience(self._url, self._platform.secrets["viewer_password"], played.video_id)
        started = requests.sessions(self._url, viewers, played.video_id)
        return {
            **played.figures,
            "sessions_p99_ms": started.percentile(0.99),
            "memory_gib": self._platform.memory_mib() / 1024,
            "requests_per_second": requests.throughput(self._url, "/.well-known/jwks.json"),
        }

    def encoding(self, *, peer: bool) -> str:
        """The trailer's main job beside one ffmpeg, in the same run; the video's id."""
        film = sample_film()
        alone, alone_cpu = encodes.one_ffmpeg(film)
        played = run_main_job(self._accounts, film, "Bench trailer")
        figures = played.figures
        chunks = self._chunk_cpu(played.video_id)
        self.note("playable, trailer", figures["playable_seconds"], 2.5, "s")
        ratio = figures["completed_seconds"] / alone
        self.note("completed / one ffmpeg's wall time", ratio, 1.35, "x")
        self.note("CPU of the ladder / one ffmpeg's", chunks / alone_cpu, 1.08, "x")
        if peer:
            shaka = encodes.shaka_streamer(film)
            self.note("completed / Shaka Streamer", figures["completed_seconds"] / shaka, 0.5, "x")
        return played.video_id

    def half_hour(self) -> None:
        """How soon a film of 30 minutes plays; the rest of its job is called off."""
        film = looped(sample_film(), cache_folder() / "films/half-hour.mp4", HALF_HOUR)
        studio = Studio(self._accounts.studio)
        video = studio.create({"title": "Half an hour"}, publish=True)["id"]
        from_studio = self._upload_until_playable(studio, video, film)
        self.note("playable, 30 minutes", from_studio, 4.0, "s")
        job = studio.jobs(video)[0]["id"]
        studio.session.call("POST", f"/transcoding/jobs/{job}/cancel")
        studio.session.call("DELETE", f"/videos/{video}")

    def playing(self, video_id: str) -> None:
        """First frames in Chromium."""
        viewer = self._accounts.viewer
        if shutil.which("chromium") is None:
            complain("no Chromium: first frames are not measured")
            return
        first = []
        with chromium_page(self._url) as page:
            for _ in range(FRAMES + 1):
                ticket = open_session(viewer, video_id)
                first.append(float(play(page, ticket)["first_frame_ms"]))
                viewer.call("DELETE", f"/playback/sessions/{ticket['session_id']}")
        # The first one also starts the browser's media process.
        warm = sorted(first[1:])
        self.note("first frame, p95 of 20", warm[int(0.95 * len(warm))], 400, "ms")

    def requests(self, video_id: str) -> None:
        """Latencies at the gateway, with the whole catalogue seeded."""
        viewer = self._accounts.viewer
        spec = find_spec("bokeh_sampledata")
        assert spec is not None
        database = Path(spec.origin or "").parent / "_data/movies.db"
        self._platform.command("catalog", "seed", str(database))
        titles = self._indexed_titles()
        viewers = audience(self._url, self._platform.secrets["viewer_password"], video_id)
        started = requests.sessions(self._url, viewers, video_id)
        self.note("POST sessions at 20/s, p99", started.percentile(0.99), 50, "ms")
        self.note("POST sessions at 20/s, failed", started.failures, 0, "")
        found = requests.searches(self._url, viewer, titles)
        self.note("GET /search at 50/s, 17,472 titles, p95", found.percentile(0.95), 50, "ms")
        self.note("GET /search at 50/s, failed", found.failures, 0, "")
        more = requests.gateway_overhead(self._platform, viewer, video_id)
        self.note("gateway and sidecar over the service alone, p50", more, 6, "ms")

    def facts(self) -> None:
        """How soon facts leave: from their writing, just before the commit, to the broker's receipt."""
        each = " UNION ALL ".join(
            f"SELECT published_at - created_at AS lag FROM {name}.outbox"  # noqa: S608 - our names
            for name in services_with_schema()
        )
        share = "percentile_cont(0.95) WITHIN GROUP (ORDER BY lag)"
        query = f"SELECT extract(epoch FROM {share}) * 1000 FROM ({each})"  # noqa: S608
        url = admin_url(self._platform.places, self._platform.secrets)
        with psycopg.connect(url) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        self.note("a fact leaves, p95", float(row[0]), 50, "ms")

    def memory(self) -> None:
        """The whole platform at rest."""
        time.sleep(REST_SECONDS)
        self.note("memory (PSS) at rest", self._platform.memory_mib() / 1024, 2.5, "GiB")

    def _chunk_cpu(self, video_id: str) -> float:
        studio = Studio(self._accounts.studio)
        job = studio.jobs(video_id)[0]["id"]
        steps = studio.session.call("GET", f"/transcoding/jobs/{job}")["steps"]
        return sum(float(step["cpu_seconds"]) for step in steps if step["kind"] == "chunk")

    def _upload_until_playable(self, studio: Studio, video: str, film: Path) -> float:
        from_master = studio.upload(video, film)
        started = time.monotonic()
        assert from_master["state"] == "completed"
        for view in studio.follow(video, pause=0.05):
            if view["job"]["state"] == "playable":
                return time.monotonic() - started
        raise LauncherError(f"the film of 30 minutes ended as {view['job']['state']}")

    def _indexed_titles(self) -> list[str]:
        viewer, deadline = self._accounts.viewer, time.monotonic() + 300
        while viewer.call("GET", "/search")["total"] < 17_000:
            if time.monotonic() > deadline:
                raise LauncherError("the catalogue is not indexed after 300 s")
            time.sleep(1)
        names: list[str] = []
        cursor: dict[str, Any] = {}
        while len(names) < 800:
            page = viewer.call("GET", "/search", params={"limit": 100, **cursor})
            names += [hit["title"]["title"] for hit in page["items"]]
            cursor = {"cursor": page["next"]}
            if page["next"] is None:
                break
        return names


def looped(film: Path, out: Path, seconds: int) -> Path:
    """The film again and again, until it lasts `seconds`; nothing is encoded."""
    if not out.exists():
        partial = out.with_suffix(".partial.mp4")
        argv = [str(TOOLS / "ffmpeg-linux-x64"), "-nostdin", "-v", "error", "-y"]
        argv += ["-stream_loop", "-1", "-i", str(film), "-t", str(seconds), "-c", "copy"]
        subprocess.run([*argv, str(partial)], check=True)
        partial.rename(out)
    return out


def main() -> int:
    """Measure the promised figures on a fresh platform; goals missed are marked, and exit with 1."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=main.__doc__)
    parser.add_argument(
        "what", nargs="?", choices=["platform", "cluster"], default="platform",
        help="cluster: its figures beside those of one machine (as root)",
    )  # fmt: skip
    parser.add_argument("--peer", action="store_true", help="compare with Shaka Streamer, too")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write the figures as JSON")
    asked = parser.parse_args()
    try:
        figures = _measured(asked)
    except LauncherError as error:
        complain(str(error))
        return 1
    if asked.report:
        figures.write(asked.report)
    return 1 if figures.missed() else 0


def _measured(asked: argparse.Namespace) -> Figures:
    platform = Platform(Places(cache_folder() / "bench", BENCH_SHIFT))
    try:
        platform.erase()
        platform.set_up()
        platform.start()
        bench = Bench(platform, _accounts(platform))
        if asked.what == "cluster":
            one_machine = bench.for_comparison()
        else:
            bench.everything(peer=asked.peer)
    finally:
        platform.stop()
    return measure_cluster(one_machine) if asked.what == "cluster" else bench.figures


def _accounts(platform: Platform) -> Accounts:
    secrets = platform.secrets

    def make_operator(email: str) -> str:
        password = secrets["operator_password"] + "\n"
        return platform.command("auth", "make-operator", email, stdin=password)

    return make_accounts(platform.places.gateway_url, make_operator, secrets)


if __name__ == "__main__":
    sys.exit(main())
