"""Gateway's composition root."""

import os
from functools import cache

from fastapi import FastAPI

from apps.gateway import api
from apps.gateway.domain import ROUTES
from apps.gateway.guard import Guard
from apps.gateway.openapi import merged
from apps.gateway.service import Gateway
from apps.gateway.settings import Settings
from apps.gateway.site import site
from apps.kit.app import build_app
from apps.kit.identity import InternalTokens
from apps.kit.invoke import DaprInvoker, Invoker
from apps.kit.runtime import Runtime, from_environment


def compose(runtime: Runtime, invoker: Invoker) -> FastAPI:
    """The app on a given ground."""
    settings = Settings.read(runtime.environment)
    key_id, private = (runtime.secret("internal_key_id"), runtime.secret("internal_private_key"))
    gateway = Gateway(
        invoker, InternalTokens(key_id, private, runtime.clock), proxies=settings.proxies
    )
    routers = [api.pages, site(settings.web, settings.vendor, settings.media_url), api.door]
    app = build_app(runtime.chassis("gateway"), gateway, routers)
    document = cache(lambda: merged(ROUTES, FastAPI.openapi(app)))
    app.openapi = document  # type: ignore[method-assign]
    app.add_middleware(Guard)
    return app


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    runtime = from_environment("gateway")
    port = os.environ.get("DAPR_HTTP_PORT", "3500")
    return compose(runtime, DaprInvoker(port, os.environ.get("DAPR_API_TOKEN")))
