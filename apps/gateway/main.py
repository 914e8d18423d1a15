"""Gateway's composition root."""

import base64
import os
from functools import cache

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from apps.gateway import api
from apps.gateway.access import AccessTokens
from apps.gateway.acting import ActingProfiles
from apps.gateway.admission import Admission
from apps.gateway.api import GatewayUseCases
from apps.gateway.backends import Backends
from apps.gateway.browser import BrowserSessions
from apps.gateway.cookies import SealedCookies
from apps.gateway.copies import RedisActingCopies
from apps.gateway.guard import Guard
from apps.gateway.limits import RedisLimits
from apps.gateway.memory import MemoryLimits
from apps.gateway.openapi import merged
from apps.gateway.ports import ActingCopies, Limits
from apps.gateway.routes import ROUTES
from apps.gateway.service.door import Door
from apps.gateway.service.pages import Pages
from apps.gateway.settings import Settings
from apps.gateway.site import site
from apps.gateway.subscriptions import subscriptions
from apps.kit.app import build_app
from apps.kit.identity import InternalTokens
from apps.kit.invoke import DaprInvoker, Invoker
from apps.kit.runtime import Runtime, from_environment


def compose(
    runtime: Runtime,
    invoker: Invoker,
    limits: Limits | None = None,
    copies: ActingCopies | None = None,
) -> FastAPI:
    """The app on a given ground."""
    settings = Settings.read(runtime.environment)
    door, pages = _use_cases(runtime, invoker, settings, limits, copies)
    routers = [api.pages, site(settings.web, settings.vendor, settings.media_url), api.door]
    chassis = runtime.chassis("gateway", subscriptions=subscriptions(door))
    app = build_app(chassis, GatewayUseCases(door, pages, settings.proxies), routers)
    document = cache(lambda: merged(ROUTES, FastAPI.openapi(app)))
    app.openapi = document  # type: ignore[method-assign]
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["authorization", "content-type", "idempotency-key", "if-none-match"],
        expose_headers=["etag", "ratelimit", "ratelimit-policy", "retry-after"],
        max_age=600,
    )
    app.add_middleware(Guard)
    return app


def _use_cases(
    runtime: Runtime,
    invoker: Invoker,
    settings: Settings,
    limits: Limits | None,
    copies: ActingCopies | None,
) -> tuple[Door, Pages]:
    redis = runtime.secret("redis_url")
    key_id, private = (runtime.secret("internal_key_id"), runtime.secret("internal_private_key"))
    backends = Backends(invoker, InternalTokens(key_id, private, runtime.clock))
    admission = Admission(limits or RedisLimits(redis), MemoryLimits(), settings.network_factor)
    acting = ActingProfiles(copies or RedisActingCopies(redis), backends.acting)
    access = AccessTokens(backends.jwks)
    browsers = BrowserSessions(backends, SealedCookies(_cookie_keys(runtime)), settings.origins)
    door = Door(backends, access, admission, acting, browsers, ROUTES)
    return door, Pages(backends, settings.page_milliseconds / 1000)


def _cookie_keys(runtime: Runtime) -> dict[str, bytes]:
    """The keys of browsers' cookies by id: `cookie_key_<id>` each."""
    prefix = "cookie_key_"
    return {
        name.removeprefix(prefix): base64.b64decode(value)
        for name, value in runtime.secrets.items()
        if name.startswith(prefix)
    }


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    runtime = from_environment("gateway")
    port = os.environ.get("DAPR_HTTP_PORT", "3500")
    return compose(runtime, DaprInvoker(port, os.environ.get("DAPR_API_TOKEN")))
