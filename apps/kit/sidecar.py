"""The Dapr sidecar of this process: publishing, secrets and state, through the Dapr SDK."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from uuid import UUID

import httpx
from dapr.clients import DaprClient
from dapr.clients.exceptions import DaprGrpcError

from apps.kit.entrypoints import PUBSUB
from apps.kit.errors import UnavailableError
from apps.kit.settings import SettingsError

STORE = "secrets"
STATE = "state"
START_SECONDS = 60


class Sidecar:
    """One client per process, made once the sidecar can take calls."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._port = variables.get("DAPR_HTTP_PORT", "3500")
        self._wait()
        self._client = DaprClient()

    def publish(
        self, topic: str, data: Mapping[str, object], *, event_id: UUID, trace: str | None
    ) -> None:
        """Publish a fact; its CloudEvent has the outbox row's id and trace."""
        metadata = {"cloudevent.id": str(event_id)}
        if trace is not None:
            metadata["cloudevent.traceparent"] = trace
        self._client.publish_event(
            PUBSUB, topic, json.dumps(data), metadata, data_content_type="application/json"
        )

    def secrets(self, service: str) -> Mapping[str, str]:
        """The secrets of a service."""
        return cast(Mapping[str, str], self._client.get_secret(STORE, service).secret)

    def get(self, key: str) -> tuple[str, str]:
        """A key's value and version in the state store; two empty texts for one that is not there."""
        try:
            found = self._client.get_state(STATE, key)
        except DaprGrpcError as error:
            raise UnavailableError(f"the state store is away: {str(error)[:200]}") from error
        return found.data.decode(), found.etag

    def save(self, key: str, value: str, seconds: int, version: str | None = None) -> bool:
        """Keep a value for some time; with a version, only over that: False if there is another now."""
        lives = {"ttlInSeconds": str(seconds)}
        try:
            # Never `first_write`: Redis would then refuse every later save without a version.
            self._client.save_state(STATE, key, value, version, None, lives)
        except DaprGrpcError as error:
            if error.code().name == "ABORTED":
                return False
            raise UnavailableError(f"the state store is away: {str(error)[:200]}") from error
        return True

    def close(self) -> None:
        """Let go of the sidecar."""
        self._client.close()

    def _wait(self) -> None:
        """Until it can be called; never `/healthz`, which waits for this very app."""
        url = f"http://127.0.0.1:{self._port}/v1.0/healthz/outbound"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(url, timeout=2).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise SettingsError(f"no sidecar answers on port {self._port} (DAPR_HTTP_PORT)")


def secrets_from_file(path: str, service: str) -> Mapping[str, str]:
    """The secrets of a process without a sidecar: a worker, a migration, a command."""
    named: dict[str, dict[str, str]] = json.loads(Path(path).read_text())
    return named[service]
