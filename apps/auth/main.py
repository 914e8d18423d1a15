"""Auth's composition root, and its commands."""

import argparse
import base64
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence

from fastapi import FastAPI

from apps.auth import api
from apps.auth.api.use_cases import AuthUseCases
from apps.auth.breaches import BreachRanges
from apps.auth.domain.device import LENGTH, LETTERS
from apps.auth.domain.guessing import STRICT, GuessingRules
from apps.auth.domain.trail import first_break
from apps.auth.mail import SmtpMailer
from apps.auth.memory import MemoryThrottle
from apps.auth.passkeys import WebAuthn
from apps.auth.passwords import CommonPasswords
from apps.auth.ports.outside import KnownPasswords, Mailer, Provider, Throttle
from apps.auth.postman import Postman
from apps.auth.providers import GitHub, OpenIdProvider
from apps.auth.schemas.accounts import Jwks
from apps.auth.service.accounts import Accounts, Mails
from apps.auth.service.devices import Devices
from apps.auth.service.external import External
from apps.auth.service.guesses import Guesses
from apps.auth.service.passkeys import Passkeys
from apps.auth.service.second_factor import SecondFactors
from apps.auth.service.sessions import SignInSessions
from apps.auth.service.sign_in import SignIn
from apps.auth.settings import Settings
from apps.auth.store import Store
from apps.auth.subscriptions import subscriptions
from apps.auth.throttle import RedisThrottle, WatchfulThrottle
from apps.auth.tokens import KeyRing, SignedTokens
from apps.auth.totp import TotpCodes
from apps.kit.app import build_app
from apps.kit.clock import new_id
from apps.kit.database import Database
from apps.kit.hashing import Argon2Secrets
from apps.kit.runtime import Runtime, from_environment, without_sidecar
from apps.kit.wrapping import AesKeyWrap, KeyWrap


def compose(
    runtime: Runtime, throttle: Throttle | None = None, mailer: Mailer | None = None
) -> FastAPI:
    """The app on a given ground."""
    settings, database = Settings.read(runtime.environment), runtime.database("auth")
    cases, tokens = _use_cases(runtime, database, throttle or _throttle(runtime))
    smtp = SmtpMailer(settings.smtp_url, settings.mail_sender) if settings.smtp_url else None
    sending = mailer or smtp
    postmen = [Postman(database, sending, runtime.clock)] if sending else []
    chassis = runtime.chassis(
        "auth", database=database, subscriptions=subscriptions(cases.accounts), loops=postmen
    )
    app = build_app(chassis, cases, [api.router])
    app.state.jwks = lambda: Jwks.model_validate(tokens.jwks())
    return app


def _throttle(runtime: Runtime) -> Throttle:
    shared = RedisThrottle(runtime.secret("redis_url"), GuessingRules(), runtime.clock)
    return WatchfulThrottle(shared, MemoryThrottle(STRICT, runtime.clock))


def _use_cases(
    runtime: Runtime, database: Database, throttle: Throttle
) -> tuple[AuthUseCases, SignedTokens]:
    settings, clock = Settings.read(runtime.environment), runtime.clock
    store = Store(database, clock)
    wrap = _wrap(runtime)
    refresh_key = base64.b64decode(runtime.secret("refresh_key"))
    tokens = SignedTokens(_ring(runtime, store), refresh_key, clock=clock, new_id=new_id)
    passwords = Argon2Secrets(memory_kib=settings.argon2_memory_kib)
    mails = Mails(settings.site, _secret, clock)
    guesses = Guesses(throttle, tokens, settings.network_factor)
    sessions = SignInSessions(store.open, tokens, clock=clock, new_id=new_id)
    opened = Accounts(
        store.open,
        passwords,
        _refused(settings),
        mails,
        guesses,
        sessions,
        clock=clock,
        new_id=new_id,
    )
    codes = TotpCodes()
    factors = SecondFactors(store.open, codes, wrap, tokens, guesses, sessions, mails, clock=clock)
    signing = SignIn(store.open, passwords, opened, mails, guesses, sessions, factors, clock=clock)
    devices = Devices(store.open, _secret, _user_code, guesses, sessions, clock=clock)
    recognising = WebAuthn(settings.rp_id, settings.origins)
    passkeys = Passkeys(store.open, recognising, _challenge, sessions, mails, clock=clock)
    known = _providers(settings, runtime)
    external = External(
        store.open, known, _secret, wrap, opened, sessions, factors, mails, clock=clock
    )
    ways = (opened, signing, sessions, factors, devices, passkeys, external)
    return AuthUseCases(*ways, site=settings.site), tokens


def _wrap(runtime: Runtime) -> KeyWrap:
    return AesKeyWrap({1: base64.b64decode(runtime.secret("wrapping_key"))})


def _ring(runtime: Runtime, store: Store) -> KeyRing:
    return KeyRing(store.open, _wrap(runtime), clock=runtime.clock, new_id=new_id)


def _providers(settings: Settings, runtime: Runtime) -> Mapping[str, Provider]:
    """Those that we are a client of."""
    known: dict[str, Provider] = {}
    page = f"{settings.site}/account/oauth"
    if settings.google_client_id:
        secret = runtime.secret("google_client_secret")
        known["google"] = OpenIdProvider(
            settings.google_issuer, settings.google_client_id, secret, f"{page}/google"
        )
    if settings.github_client_id:
        secret = runtime.secret("github_client_secret")
        known["github"] = GitHub(
            settings.github_url,
            settings.github_api_url,
            settings.github_client_id,
            secret,
            f"{page}/github",
        )
    return known


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _challenge() -> bytes:
    return secrets.token_bytes(32)


def _user_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def _refused(settings: Settings) -> Sequence[KnownPasswords]:
    ranges = settings.breach_ranges_url
    return [CommonPasswords(), *([BreachRanges(ranges)] if ranges else [])]


def create_app() -> FastAPI:
    """The app beside its sidecar."""
    return compose(from_environment("auth"))


def run() -> int:
    """The operators' commands of auth."""
    parser = argparse.ArgumentParser(prog="auth", description=run.__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, said: str, act: Act) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=said)
        made.set_defaults(act=act)
        return made

    operator = command(
        "make-operator", "make or raise an account; its password on standard input", _make_operator
    )
    operator.add_argument("email")
    command("verify-trail", "whether the audit trail is whole", _verify_trail)
    command("rotate-keys", "a further key for access tokens, which signs in two hours", _rotate)
    denied = command("deny-key", "what this key signed is good no more, within a minute", _deny)
    denied.add_argument("key_id", help="the `kid` of its tokens and of /.well-known/jwks.json")
    asked = parser.parse_args()
    runtime = without_sidecar("auth")
    code, said = asked.act(runtime, runtime.database("auth", connections=1), asked)
    sys.stdout.write(f"{said}\n")
    return int(code)


Act = Callable[[Runtime, Database, argparse.Namespace], tuple[int, str]]


def _make_operator(
    runtime: Runtime, database: Database, asked: argparse.Namespace
) -> tuple[int, str]:
    throttle = MemoryThrottle(GuessingRules(), runtime.clock)
    cases, _ = _use_cases(runtime, database, throttle)
    user = cases.accounts.make_operator(asked.email, sys.stdin.readline().rstrip("\n"))
    return 0, f"{asked.email} is an operator now ({user.id})"


def _verify_trail(runtime: Runtime, database: Database, _: argparse.Namespace) -> tuple[int, str]:
    with Store(database, runtime.clock).open() as work:
        broken = first_break(work.trail.all())
    if broken is not None:
        return 1, f"the audit trail is broken at event {broken}"
    return 0, "the audit trail is whole"


def _rotate(runtime: Runtime, database: Database, _: argparse.Namespace) -> tuple[int, str]:
    return 0, f"{_ring(runtime, Store(database, runtime.clock)).rotate()} is published"


def _deny(runtime: Runtime, database: Database, asked: argparse.Namespace) -> tuple[int, str]:
    if _ring(runtime, Store(database, runtime.clock)).deny(asked.key_id):
        return 0, f"{asked.key_id} is denied"
    return 1, f"there is no key {asked.key_id}; the published ones: /.well-known/jwks.json"


if __name__ == "__main__":
    sys.exit(run())
