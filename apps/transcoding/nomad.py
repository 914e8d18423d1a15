"""Workers as dispatched batch jobs of Nomad, through the API socket of our own allocation."""

import logging
import threading
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from apps.kit.errors import UnavailableError
from apps.transcoding.service.fleet import TranscodingFleet
from apps.transcoding.worker import Bell

log = logging.getLogger(__name__)

JOB = "transcode"
NAMESPACE = "media"
CALL_SECONDS = 5.0
# Nomad's events are a hint that can be lost; this is how often we look for ourselves.
LOOK_SECONDS = 2.0


class NomadDispatcher:
    """Dispatches the parameterized job, by the workload identity that Nomad writes to a file."""

    def __init__(self, socket: Path, token_file: Path) -> None:
        self._token_file = token_file
        transport = httpx.HTTPTransport(uds=str(socket))
        self._http = httpx.Client(
            transport=transport, base_url="http://nomad/v1", timeout=CALL_SECONDS
        )

    def alive(self) -> Set[str]:
        """The dispatched jobs that have not ended."""
        asked = {"prefix": f"{JOB}/dispatch-", "namespace": NAMESPACE}
        listed = self._call("GET", "/jobs", params=asked)
        return {job["ID"] for job in listed if job["Status"] != "dead"}

    def dispatch(self, token: UUID) -> str:
        """Ask for a worker; the same token gives the same one."""
        asked = {"namespace": NAMESPACE, "idempotency_token": str(token)}
        made = self._call("POST", f"/job/{JOB}/dispatch", params=asked, json={})
        return str(made["DispatchedJobID"])

    def close(self) -> None:
        """Let go of the socket."""
        self._http.close()

    def _call(self, method: str, path: str, **asked: Any) -> Any:
        try:
            headers = {"X-Nomad-Token": self._token_file.read_text().strip()}
            answer = self._http.request(method, path, headers=headers, **asked)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            said = error.response.text[:200]
            raise UnavailableError(f"Nomad refuses {method} {path}: {said}") from error
        except (httpx.HTTPError, OSError) as error:
            raise UnavailableError(f"Nomad does not answer ({type(error).__name__})") from error
        return answer.json()


class FleetLoop:
    """Reconciles when a step becomes ready, and by the clock besides."""

    def __init__(self, fleet: TranscodingFleet, open_bell: Callable[[], Bell]) -> None:
        self._fleet = fleet
        self._open_bell = open_bell
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End; the workers go on, and the next service finds them."""
        self._stop.set()
        self._thread.join(timeout=2 * CALL_SECONDS)

    def _run(self) -> None:
        bell: Bell | None = None
        while not self._stop.is_set():
            try:
                bell = bell or self._open_bell()
                self._fleet.reconcile()
                bell.wait(LOOK_SECONDS)
            except Exception as error:  # noqa: BLE001 - Nomad or the database may be away for a while
                log.warning("fleet waits", extra={"error": f"{type(error).__name__}: {error}"})
                bell = None
                self._stop.wait(LOOK_SECONDS)
