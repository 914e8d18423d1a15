"""The secrets of a local platform: made once, one file per service, readable by their owner only."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from apps.kit.migrations import services_with_schema
from scripts.local.errors import LauncherError
from scripts.local.places import Places

SERVICES = ("auth", "profiles", "videos", "transcoding", "catalog", "playback", "edge", "gateway")

# Keys that some services know all of, by their ids.
_HOLDERS = {"delivery_key": ("playback", "edge"), "cookie_key": ("gateway",)}


def make_secrets(places: Places) -> dict[str, Any]:
    """The platform's own secrets; the services' files are written from them every time."""
    places.secrets.mkdir(parents=True, exist_ok=True)
    places.secrets.chmod(0o700)
    own = places.secrets / "platform.json"
    if not own.exists():
        _write(own, _fresh())
    platform: dict[str, Any] = json.loads(own.read_text())
    if (grown := _grown(platform)) != platform:
        _write(own, platform := grown)
    for service in SERVICES:
        named = {service: service_secrets(service, platform, places)}
        # The sidecar reads the broker's password by this name.
        named["pubsub"] = {"redis_password": platform["redis_password"]}
        _write(places.secrets / f"{service}.json", named)
    return platform


def begin_rotation(places: Places, kind: str) -> None:
    """Make the new keys of one kind of secret; one that was broken off goes on with those it made."""
    platform = make_secrets(places)
    begun = platform.get("rotating")
    if begun not in (None, kind):
        raise LauncherError(f"a rotation was broken off. Finish it first: rotate {begun}")
    if begun is None:
        renewed = {**platform, **_renewed(kind, platform), "rotating": kind}
        _write(places.secrets / "platform.json", renewed)


def end_rotation(places: Places) -> None:
    """The new keys are everywhere."""
    platform = make_secrets(places)
    del platform["rotating"]
    _write(places.secrets / "platform.json", platform)


def _renewed(kind: str, platform: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "sidecar-tokens":
        return {name: _tokens() for name in ("app_tokens", "dapr_tokens")}
    if kind in ("delivery-keys", "cookie-keys"):
        name = kind.replace("-", "_")
        return {name: _next(platform[name], _key())}
    return {"internal_keys": _next(platform["internal_keys"], _pair())}


def _next(keys: Mapping[str, Any], fresh: object) -> dict[str, Any]:
    """Two keys: the newest of the old ones, and a fresh one with the next number."""
    newest = max(keys, key=int)
    return {newest: keys[newest], str(int(newest) + 1): fresh}


def admin_url(places: Places, platform: dict[str, Any]) -> str:
    """The database's superuser, for migrations alone."""
    password = platform["postgres_password"]
    return f"postgresql://marquee:{password}@127.0.0.1:{places.port('postgres')}/postgres"


def _fresh() -> dict[str, Any]:
    names = ("postgres", "redis", "vault")
    return {
        **{f"{name}_password": secrets.token_hex(24) for name in names},
        "s3_access_key": secrets.token_hex(10),
        "s3_secret_key": secrets.token_hex(24),
        "typesense_api_key": secrets.token_hex(24),
        **_of_services(),
        "auth_wrapping_key": _key(),
        "refresh_key": _key(),
        "content_wrapping_key": _key(),
        "playback_token_key": _key(),
        "delivery_keys": {"1": _key(), "2": _key()},
        "cookie_keys": {"1": _key(), "2": _key()},
        "internal_keys": {"1": _pair(), "2": _pair()},
        "operator_password": secrets.token_urlsafe(12),
        "studio_password": secrets.token_urlsafe(12),
        "viewer_password": secrets.token_urlsafe(12),
    }


def _of_services() -> dict[str, dict[str, str]]:
    passwords = {name: secrets.token_hex(24) for name in services_with_schema()}
    return {"database_passwords": passwords, "app_tokens": _tokens(), "dapr_tokens": _tokens()}


def _grown(platform: Mapping[str, Any]) -> dict[str, Any]:
    """A platform that is older than some service: that gets its own secrets, too."""
    fresh = _of_services().items()
    grown = {kind: {**named, **platform[kind]} for kind, named in fresh}
    return {"cookie_keys": {"1": _key(), "2": _key()}, **platform, **grown}


def service_secrets(service: str, platform: dict[str, Any], places: Places) -> dict[str, str]:
    """What one service may know."""
    keys = platform["internal_keys"]
    known = {f"gateway_public_{key_id}": pair["public"] for key_id, pair in keys.items()}
    if service in platform["database_passwords"]:
        password = platform["database_passwords"][service]
        host = f"127.0.0.1:{places.port('postgres')}"
        known["database_url"] = f"postgresql://{service}:{password}@{host}/postgres"
    if service in ("videos", "transcoding", "edge"):
        known |= {name: platform[name] for name in ("s3_access_key", "s3_secret_key")}
    for kind, holders in _HOLDERS.items():
        if service in holders:
            known |= {f"{kind}_{key_id}": key for key_id, key in platform[f"{kind}s"].items()}
    if service in ("playback", "transcoding"):
        known["content_wrapping_key"] = platform["content_wrapping_key"]
    # The other one is known everywhere before the gateway signs with it.
    signing = min(keys, key=int)
    redis = f"redis://:{platform['redis_password']}@127.0.0.1:{places.port('redis')}/1"
    own: dict[str, dict[str, str]] = {
        "auth": {
            "wrapping_key": platform["auth_wrapping_key"],
            "refresh_key": platform["refresh_key"],
            "redis_url": redis,
        },
        "catalog": {"typesense_api_key": platform["typesense_api_key"]},
        "playback": {"redis_url": redis, "playback_token_key": platform["playback_token_key"]},
        "gateway": {
            "internal_key_id": signing,
            "internal_private_key": keys[signing]["private"],
            "redis_url": redis,
        },
    }
    return known | own.get(service, {})


def _tokens() -> dict[str, str]:
    return {name: secrets.token_hex(24) for name in SERVICES}


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _pair() -> dict[str, str]:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {"private": pem.decode(), "public": public.decode()}


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all: the platform's own secrets are nowhere else."""
    partial = path.with_suffix(".partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(handle)
    partial.rename(path)
