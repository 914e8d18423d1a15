"""Transcoding's composition roots: the service, a worker, and the sweep."""

import argparse
import base64
import logging
import os
import signal
import sys
import threading

from fastapi import FastAPI

from apps.kit.app import build_app
from apps.kit.clock import new_id
from apps.kit.database import Database
from apps.kit.objects import S3Objects, s3_client
from apps.kit.runtime import Runtime, from_environment, without_sidecar
from apps.kit.wrapping import AesKeyWrap
from apps.transcoding import api
from apps.transcoding.assets import Assets
from apps.transcoding.media.bench import Bench
from apps.transcoding.media.sandbox import check_sandbox
from apps.transcoding.ports import AssetStore
from apps.transcoding.runner import LocalRunner, die_with_parent
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
    workers = [LocalRunner(settings.workers, os.environ)] if settings.workers else []
    chassis = runtime.chassis(
        "transcoding", database=database, subscriptions=subscriptions(jobs), loops=workers
    )
    return build_app(chassis, jobs, [api.router])


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
        _wrap(runtime),
        clock=runtime.clock,
        new_id=new_id,
    )


def _assets(runtime: Runtime, settings: Settings) -> Assets:
    keys = runtime.secret("s3_access_key"), runtime.secret("s3_secret_key")
    client = s3_client(settings.s3_internal_url, *keys)
    buckets = (settings.masters_bucket, settings.work_bucket, settings.media_bucket)
    return Assets(*(S3Objects(client, bucket) for bucket in buckets))


def _wrap(runtime: Runtime) -> AesKeyWrap:
    return AesKeyWrap({1: base64.b64decode(runtime.secret("content_wrapping_key"))})


def _work(name: str) -> int:
    """Take steps until SIGTERM."""
    die_with_parent()
    runtime = without_sidecar("transcoding")
    settings = Settings.read(runtime.environment)
    database = runtime.database("transcoding", connections=3)
    steps = TranscodingSteps(Store(database).open, clock=runtime.clock, new_id=new_id)
    bench = Bench(_assets(runtime, settings), _wrap(runtime), settings.work_folder)
    stop = threading.Event()
    # A step at hand is not worth waiting for: its lease passes it on.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Worker(name, steps, bench).run(stop.is_set, lambda: StepBell(database.read_url))
    return 0


def run() -> int:
    """`python -m apps.transcoding.main worker --name NAME`, or `sweep` to remove lost packages."""
    parser = argparse.ArgumentParser(prog="transcoding", description=run.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("worker").add_argument("--name", required=True)
    commands.add_parser("sweep")
    asked = parser.parse_args()
    if asked.command == "worker":
        return _work(asked.name)
    runtime = without_sidecar("transcoding")
    settings = Settings.read(runtime.environment)
    jobs = _jobs(runtime, settings, runtime.database("transcoding", connections=1))
    log.info("packages swept", extra={"removed": jobs.sweep()})
    return 0


if __name__ == "__main__":
    sys.exit(run())
