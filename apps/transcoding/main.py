"""Transcoding's composition roots: the service, a worker, and the sweep."""

import argparse
import logging
import math
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from apps.kit.app import Loop, build_app
from apps.kit.clock import new_id
from apps.kit.database import Database
from apps.kit.objects import S3Objects, s3_client
from apps.kit.runtime import Runtime, from_environment, without_sidecar
from apps.kit.vault import content_wrap
from apps.transcoding import api
from apps.transcoding.api import TranscodingUseCases
from apps.transcoding.assets import Assets
from apps.transcoding.domain.fleet import FleetSize
from apps.transcoding.media.bench import Bench
from apps.transcoding.media.sandbox import check_sandbox
from apps.transcoding.nomad import FleetLoop, NomadDispatcher
from apps.transcoding.ports import AssetStore
from apps.transcoding.runner import LocalRunner, die_with_parent
from apps.transcoding.service.fleet import TranscodingFleet
from apps.transcoding.service.jobs import TranscodingJobs
from apps.transcoding.service.steps import TranscodingSteps
from apps.transcoding.settings import Settings
from apps.transcoding.store import Store
from apps.transcoding.subscriptions import subscriptions
from apps.transcoding.worker import StepBell, Worker

log = logging.getLogger(__name__)


def compose(runtime: Runtime, assets: AssetStore | None = None) -> FastAPI:
    """The app on a given ground."""
    settings = Settings.read(runtime.environment)
    database = runtime.database("transcoding")
    jobs = _jobs(runtime, settings, database, assets)
    cases = TranscodingUseCases(jobs, settings.worker_logs)
    chassis = runtime.chassis(
        "transcoding",
        database=database,
        subscriptions=subscriptions(jobs),
        loops=_runners(runtime, settings, database),
    )
    return build_app(chassis, cases, [api.router])


def _runners(runtime: Runtime, settings: Settings, database: Database) -> Sequence[Loop]:
    """Who sees to it that there are workers: this service itself, or Nomad."""
    if settings.workers == 0:
        return []
    if settings.runner == "local":
        return [LocalRunner(settings.workers, os.environ)]
    secrets = Path(runtime.environment.text("NOMAD_FOLDER"))
    nomad = NomadDispatcher(secrets / "api.sock", secrets / "nomad_token")
    open_work, size = Store(database).open, FleetSize(settings.warm_workers, settings.workers)
    fleet = TranscodingFleet(open_work, nomad, size, clock=runtime.clock, new_id=new_id)
    return [FleetLoop(fleet, lambda: StepBell(database.read_url))]


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    check_sandbox()
    return compose(from_environment("transcoding"))


def _jobs(
    runtime: Runtime, settings: Settings, database: Database, assets: AssetStore | None = None
) -> TranscodingJobs:
    return TranscodingJobs(
        Store(database).open,
        assets or _assets(runtime, settings),
        content_wrap(runtime),
        clock=runtime.clock,
        new_id=new_id,
    )


def _assets(runtime: Runtime, settings: Settings) -> Assets:
    keys = runtime.secret("s3_access_key"), runtime.secret("s3_secret_key")
    client = s3_client(settings.s3_internal_url, *keys)
    buckets = (settings.masters_bucket, settings.work_bucket, settings.media_bucket)
    return Assets(*(S3Objects(client, bucket) for bucket in buckets))


def _work(name: str, idle_seconds: float) -> int:
    """Take steps until SIGTERM, or until there is nothing to do for so long."""
    die_with_parent()
    runtime = without_sidecar("transcoding")
    settings = Settings.read(runtime.environment)
    database = runtime.database("transcoding", connections=3)
    steps = TranscodingSteps(Store(database).open, clock=runtime.clock, new_id=new_id)
    bench = Bench(_assets(runtime, settings), content_wrap(runtime), settings.work_folder)
    stop = threading.Event()
    # A step at hand is not worth waiting for: its lease passes it on.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    worker = Worker(name, steps, bench)
    worker.run(stop.is_set, lambda: StepBell(database.read_url), idle_seconds=idle_seconds)
    return 0


def run() -> int:
    """`python -m apps.transcoding.main worker|sweep|rewrap`: what runs beside the service."""
    parser = argparse.ArgumentParser(prog="transcoding", description=run.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    working = commands.add_parser("worker", help="take steps from the queue")
    working.add_argument("--name", required=True)
    working.add_argument("--idle-seconds", type=float, default=math.inf)
    commands.add_parser("sweep", help="remove lost packages and what is needed no more")
    commands.add_parser("rewrap", help="put content keys under the newest wrapping key")
    asked = parser.parse_args()
    if asked.command == "worker":
        return _work(asked.name, asked.idle_seconds)
    runtime = without_sidecar("transcoding")
    settings = Settings.read(runtime.environment)
    jobs = _jobs(runtime, settings, runtime.database("transcoding", connections=1))
    done = jobs.sweep() if asked.command == "sweep" else jobs.rewrap()
    log.info(f"{asked.command} done", extra={"count": done})
    return 0


if __name__ == "__main__":
    sys.exit(run())
