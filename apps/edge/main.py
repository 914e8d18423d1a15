"""Edge's composition root."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from apps.edge import api
from apps.edge.keys import KeyReader, delivery_keys
from apps.edge.origin import S3Origin
from apps.edge.ports import Origin
from apps.edge.service import Edge
from apps.edge.settings import Settings
from apps.edge.subscriptions import subscriptions
from apps.kit.app import build_app
from apps.kit.objects import s3_client
from apps.kit.runtime import Runtime, from_environment


def compose(runtime: Runtime, origin: Origin | None = None) -> FastAPI:
    """The app on a given ground."""
    settings = Settings.read(runtime.environment)
    origin = origin or _origin(runtime, settings)
    edge = Edge(origin, delivery_keys(runtime.secrets), runtime.clock)
    chassis = runtime.chassis(
        "edge", subscriptions=subscriptions(edge), loops=[KeyReader(edge, runtime.read_secrets)]
    )
    app = build_app(chassis, edge, [api.router])
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_methods=["GET", "HEAD"],
        allow_headers=["Range"],
        expose_headers=["Content-Range", "Content-Length", "ETag"],
        max_age=86400,
    )
    return app


def _origin(runtime: Runtime, settings: Settings) -> S3Origin:
    keys = runtime.secret("s3_access_key"), runtime.secret("s3_secret_key")
    return S3Origin(s3_client(settings.s3_internal_url, *keys), settings.media_bucket)


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    return compose(from_environment("edge"))
