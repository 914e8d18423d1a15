"""Playback's composition root, and the command that rewraps its keys."""

import argparse
import base64
import sys

from fastapi import FastAPI

from apps.kit.app import build_app
from apps.kit.clock import new_id
from apps.kit.runtime import Runtime, from_environment, without_sidecar
from apps.kit.settings import SettingsError
from apps.kit.vault import content_wrap
from apps.playback import api
from apps.playback.api import PlaybackUseCases
from apps.playback.clearkey import ClearKey
from apps.playback.domain import PLANS
from apps.playback.leases import RedisLeases
from apps.playback.ports import Leases
from apps.playback.service.holdings import Holdings
from apps.playback.service.rotation import KeyRotation
from apps.playback.service.streams import Streams
from apps.playback.settings import Settings
from apps.playback.store import Store
from apps.playback.subscriptions import subscriptions
from apps.playback.tokens import HmacSigner, JwtPlaybackTokens


def compose(runtime: Runtime, leases: Leases | None = None) -> FastAPI:
    """The app on a given ground."""
    settings = Settings.read(runtime.environment)
    database = runtime.database("playback")
    store = Store(database)
    decided = leases or RedisLeases(runtime.secret("redis_url"))
    streams = Streams(
        store.open,
        decided,
        HmacSigner(_delivery_keys(runtime)),
        JwtPlaybackTokens(base64.b64decode(runtime.secret("playback_token_key"))),
        content_wrap(runtime),
        {"clearkey": ClearKey()} if settings.clearkey else {},
        clock=runtime.clock,
        new_id=new_id,
    )
    if settings.default_plan not in PLANS:
        raise SettingsError(f"MARQUEE_PLAYBACK_DEFAULT_PLAN must be one of {', '.join(PLANS)}")
    plan = PLANS[settings.default_plan]
    holdings = Holdings(store.open, decided, plan, clock=runtime.clock)
    cases = PlaybackUseCases(streams, holdings, settings.media_url, settings.clearkey)
    heard = subscriptions(holdings)
    chassis = runtime.chassis("playback", database=database, subscriptions=heard)
    return build_app(chassis, cases, [api.router])


def _delivery_keys(runtime: Runtime) -> dict[str, bytes]:
    """The delivery keys by id: `delivery_key_<id>` each; the greatest id signs."""
    prefix = "delivery_key_"
    return {
        name.removeprefix(prefix): base64.b64decode(value)
        for name, value in runtime.secrets.items()
        if name.startswith(prefix)
    }


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    return compose(from_environment("playback"))


def run() -> int:
    """`python -m apps.playback.main rewrap`: put content keys under the newest wrapping key."""
    parser = argparse.ArgumentParser(prog="playback", description=run.__doc__)
    parser.add_argument("command", choices=["rewrap"])
    parser.parse_args()
    runtime = without_sidecar("playback")
    store = Store(runtime.database("playback", connections=1))
    changed = KeyRotation(store.open, content_wrap(runtime).rewrap).run()
    sys.stdout.write(f"{changed} assets and sessions rewrapped\n")
    return 0


if __name__ == "__main__":
    sys.exit(run())
