"""Auth's composition root, and the command that makes the first operator."""

import argparse
import base64
import sys

from fastapi import FastAPI

from apps.auth import api
from apps.auth.passwords import Argon2Passwords
from apps.auth.schemas import Jwks
from apps.auth.service import Auth
from apps.auth.settings import Settings
from apps.auth.store import Store
from apps.auth.tokens import SignedTokens
from apps.kit.app import build_app
from apps.kit.clock import new_id
from apps.kit.database import Database
from apps.kit.runtime import Runtime, from_environment, without_sidecar
from apps.kit.wrapping import AesKeyWrap


def compose(runtime: Runtime) -> FastAPI:
    """The app on a given ground."""
    database = runtime.database("auth")
    auth, tokens = _use_cases(runtime, database)
    app = build_app(runtime.chassis("auth", database=database), auth, [api.router])
    app.state.jwks = Jwks.model_validate(tokens.jwks())
    return app


def _use_cases(runtime: Runtime, database: Database) -> tuple[Auth, SignedTokens]:
    settings, store = Settings.read(runtime.environment), Store(database)
    wrap = AesKeyWrap({1: base64.b64decode(runtime.secret("wrapping_key"))})
    refresh_key = base64.b64decode(runtime.secret("refresh_key"))
    tokens = SignedTokens(store.open, wrap, refresh_key, clock=runtime.clock, new_id=new_id)
    passwords = Argon2Passwords(memory_kib=settings.argon2_memory_kib)
    return Auth(store.open, passwords, tokens, clock=runtime.clock, new_id=new_id), tokens


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    return compose(from_environment("auth"))


def run() -> int:
    """`python -m apps.auth.main make-operator EMAIL`: the password comes on standard input."""
    parser = argparse.ArgumentParser(prog="auth", description=run.__doc__)
    parser.add_argument("command", choices=["make-operator"])
    parser.add_argument("email")
    asked = parser.parse_args()
    runtime = without_sidecar("auth")
    auth, _ = _use_cases(runtime, runtime.database("auth", connections=1))
    user = auth.make_operator(asked.email, sys.stdin.readline().rstrip("\n"))
    sys.stdout.write(f"{asked.email} is an operator now ({user.id})\n")
    return 0


if __name__ == "__main__":
    sys.exit(run())
