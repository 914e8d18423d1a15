"""Videos' composition root, and the command that sweeps uploads."""

import argparse
import sys

from fastapi import FastAPI

from apps.kit.app import build_app
from apps.kit.clock import new_id
from apps.kit.database import Database
from apps.kit.objects import s3_client
from apps.kit.runtime import Runtime, from_environment, without_sidecar
from apps.videos import api
from apps.videos.api import VideoUseCases
from apps.videos.media import S3Masters
from apps.videos.ports import Masters
from apps.videos.service.library import VideoLibrary
from apps.videos.service.uploading import Uploading
from apps.videos.settings import Settings
from apps.videos.store import Store
from apps.videos.subscriptions import subscriptions


def compose(runtime: Runtime, masters: Masters | None = None) -> FastAPI:
    """The app on a given ground."""
    database = runtime.database("videos")
    cases = _use_cases(runtime, database, masters)
    heard = subscriptions(cases.library)
    chassis = runtime.chassis("videos", database=database, subscriptions=heard)
    return build_app(chassis, cases, [api.router])


def _use_cases(
    runtime: Runtime, database: Database, masters: Masters | None = None
) -> VideoUseCases:
    store, clock = Store(database), runtime.clock
    masters = masters or _masters(runtime)
    return VideoUseCases(
        library=VideoLibrary(store.open, masters, clock=clock, new_id=new_id),
        uploading=Uploading(store.open, masters, clock=clock, new_id=new_id),
    )


def _masters(runtime: Runtime) -> S3Masters:
    settings = Settings.read(runtime.environment)
    keys = runtime.secret("s3_access_key"), runtime.secret("s3_secret_key")
    return S3Masters(
        s3_client(settings.s3_internal_url, *keys),
        s3_client(settings.s3_public_url, *keys),
        settings.masters_bucket,
    )


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    return compose(from_environment("videos"))


def run() -> int:
    """`python -m apps.videos.main sweep`: end expired and abandoned uploads."""
    parser = argparse.ArgumentParser(prog="videos", description=run.__doc__)
    parser.add_argument("command", choices=["sweep"])
    parser.parse_args()
    runtime = without_sidecar("videos")
    _use_cases(runtime, runtime.database("videos", connections=1)).uploading.sweep()
    return 0


if __name__ == "__main__":
    sys.exit(run())
