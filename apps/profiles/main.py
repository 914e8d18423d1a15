"""Profiles' composition root."""

from fastapi import FastAPI

from apps.kit.app import build_app
from apps.kit.clock import new_id
from apps.kit.hashing import Argon2Secrets
from apps.kit.runtime import Runtime, from_environment
from apps.kit.settings import SettingsError
from apps.profiles import api
from apps.profiles.api.use_cases import ProfilesUseCases
from apps.profiles.domain.household import PLANS
from apps.profiles.service.households import Households
from apps.profiles.service.opinions import Opinions
from apps.profiles.service.titles import Titles
from apps.profiles.service.watching import Watching
from apps.profiles.settings import Settings
from apps.profiles.store import Store
from apps.profiles.subscriptions import subscriptions


def compose(runtime: Runtime) -> FastAPI:
    """The app on a given ground."""
    settings = Settings.read(runtime.environment)
    if settings.default_plan not in PLANS:
        raise SettingsError(f"MARQUEE_PROFILES_DEFAULT_PLAN must be one of {', '.join(PLANS)}")
    database = runtime.database("profiles")
    open_work, cache = Store(database).open, runtime.cached_reads()
    households = Households(
        open_work,
        Argon2Secrets(memory_kib=settings.argon2_memory_kib),
        cache,
        settings.default_plan,
        clock=runtime.clock,
        new_id=new_id,
    )
    watching = Watching(open_work, households, cache, clock=runtime.clock)
    opinions = Opinions(open_work, households, clock=runtime.clock, new_id=new_id)
    cases = ProfilesUseCases(households, watching, opinions)
    heard = subscriptions(households, watching, Titles(open_work))
    chassis = runtime.chassis("profiles", database=database, subscriptions=heard)
    return build_app(chassis, cases, [api.router, api.inner])


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    return compose(from_environment("profiles"))
