"""What the composition root of a service starts from: settings, secrets, stores, the sidecar."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI

from apps.kit.app import Chassis, Check, Loop
from apps.kit.clock import Clock, utc_now
from apps.kit.database import Database
from apps.kit.entrypoints import Subscription
from apps.kit.identity import Verifier
from apps.kit.inbox import ForgetfulInbox, Inbox, SqlInbox
from apps.kit.logging import log_as
from apps.kit.outbox import Publisher, Relay
from apps.kit.settings import Environment, SettingsError
from apps.kit.sidecar import Sidecar, secrets_from_file
from apps.kit.state import CachedReads, StateStore
from apps.kit.tracing import trace_as


@dataclass(frozen=True)
class Runtime:
    """The ground under one service; tests lay another."""

    environment: Environment
    secrets: Mapping[str, str]
    app_token: str | None = None
    publisher: Publisher | None = None
    state: StateStore | None = None
    clock: Clock = utc_now
    closing: Sequence[Callable[[], None]] = field(default=())
    reread: Callable[[], Mapping[str, str]] | None = None

    def read_secrets(self) -> Mapping[str, str]:
        """The secrets as they are now."""
        return self.reread() if self.reread else self.secrets

    def secret(self, name: str) -> str:
        """A secret that the service cannot do without."""
        if not self.secrets.get(name):
            raise SettingsError(f"the secret {name} is missing")
        return self.secrets[name]

    def database(self, service: str, *, connections: int = 10) -> Database:
        """The service's own schema."""
        return Database(self._database_url, service, connections=connections)

    def _database_url(self) -> str:
        """As it is now: where users are short-lived, a file that is written anew for each."""
        path = self.environment.optional("DATABASE_URL_FILE")
        return Path(path).read_text().strip() if path else self.read_secrets()["database_url"]

    def cached_reads(self) -> CachedReads:
        """Copies of reads in the sidecar's state store."""
        if self.state is None:
            raise SettingsError("this service needs a sidecar with a state store")
        return CachedReads(self.state)

    def chassis(
        self,
        service: str,
        *,
        database: Database | None = None,
        subscriptions: Sequence[Subscription] = (),
        loops: Sequence[Loop] = (),
        checks: Mapping[str, Check] | None = None,
    ) -> Chassis:
        """The parts that every service has, and its own beside them."""
        inbox: Inbox = SqlInbox(database) if database else ForgetfulInbox()
        relays = [Relay(database, self.publisher)] if database and self.publisher else []
        own = {"database": database.check} if database else {}
        return Chassis(
            service=service,
            verifier=Verifier(service, _public_keys(self.secrets)),
            inbox=inbox,
            app_token=self.app_token,
            subscriptions=subscriptions,
            loops=(*relays, *loops),
            checks={**own, **(checks or {})},
            closing=(*([database.close] if database else []), *self.closing),
        )


Compose = Callable[[Runtime], FastAPI]


def from_environment(service: str) -> Runtime:
    """The runtime of a real process beside its sidecar."""
    log_as(service)
    trace_as(service)
    environment = Environment(service, os.environ)
    app_token = os.environ.get("APP_API_TOKEN")
    if app_token is None and environment.stage in ("staging", "production"):
        raise SettingsError("APP_API_TOKEN is not set: anybody could deliver facts")
    sidecar = Sidecar(os.environ)
    return Runtime(
        environment=environment,
        secrets=sidecar.secrets(service),
        app_token=app_token,
        publisher=sidecar,
        state=sidecar,
        closing=(sidecar.close,),
        reread=lambda: sidecar.secrets(service),
    )


def without_sidecar(service: str) -> Runtime:
    """The runtime of a worker or a command: its secrets come from one file.

    Inside a running service's allocation there is no such file, but its sidecar.
    """
    environment = Environment(service, os.environ)
    path = environment.optional("SECRETS_FILE")
    if path is None and "DAPR_GRPC_PORT" in os.environ:
        return from_environment(service)
    log_as(service)
    trace_as(service)
    path = environment.text("SECRETS_FILE")
    return Runtime(environment=environment, secrets=secrets_from_file(path, service))


def _public_keys(secrets: Mapping[str, str]) -> dict[str, str]:
    """The gateway's two public keys: `gateway_public_<key id>` each."""
    prefix = "gateway_public_"
    return {
        name.removeprefix(prefix): value
        for name, value in secrets.items()
        if name.startswith(prefix)
    }
