"""Gateway's composition root."""

import os
from functools import cache

from fastapi import FastAPI

from apps.gateway import api
from apps.gateway.admission import Admission
from apps.gateway.domain import ROUTES
from apps.gateway.guard import Guard
from apps.gateway.limits import RedisLimits
from apps.gateway.memory import MemoryLimits
from apps.gateway.openapi import merged
from apps.gateway.ports import Limits
from apps.gateway.service import Gateway
from apps.gateway.settings import Settings
from apps.gateway.site import site
from apps.gateway.subscriptions import subscriptions
from apps.kit.app import build_app
from apps.kit.identity import InternalTokens
from apps.kit.invoke import DaprInvoker, Invoker
from apps.kit.runtime import Runtime, from_environment


def compose(runtime: Runtime, invoker: Invoker, limits: Limits | None = None) -> FastAPI:
    """The app on a given ground."""
    settings = Settings.read(runtime.environment)
    key_id, private = (runtime.secret("internal_key_id"), runtime.secret("internal_private_key"))
    admission = Admission(
        limits or RedisLimits(runtime.secret("redis_url")), MemoryLimits(), settings.network_factor
    )
    gateway = Gateway(
        invoker, InternalTokens(key_id, private, runtime.clock), admission, proxies=settings.proxies
    )
    routers = [api.pages, site(settings.web, settings.vendor, settings.media_url), api.door]
    app = build_app(
        runtime.chassis("gateway", subscriptions=subscriptions(gateway)), gateway, routers
    )
    document = cache(lambda: merged(ROUTES, FastAPI.openapi(app)))
    app.openapi = document  # type: ignore[method-assign]
    app.add_middleware(Guard)
    return app


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    runtime = from_environment("gateway")
    port = os.environ.get("DAPR_HTTP_PORT", "3500")
    return compose(runtime, DaprInvoker(port, os.environ.get("DAPR_API_TOKEN")))
