"""The delivery keys, read again every minute, so that they rotate without a restart."""

import base64
import logging
import threading
from collections.abc import Callable, Mapping

from apps.edge.service import Edge

log = logging.getLogger(__name__)

READ_SECONDS = 60.0
_PREFIX = "delivery_key_"


def delivery_keys(secrets: Mapping[str, str]) -> dict[str, bytes]:
    """The keys by id: `delivery_key_<id>` each."""
    return {
        name.removeprefix(_PREFIX): base64.b64decode(value)
        for name, value in secrets.items()
        if name.startswith(_PREFIX)
    }


class KeyReader:
    """Reads the secrets in a thread of its own."""

    def __init__(self, edge: Edge, read: Callable[[], Mapping[str, str]]) -> None:
        self._edge = edge
        self._read = read
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keys", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.wait(READ_SECONDS):
            try:
                self._edge.use_keys(delivery_keys(self._read()))
            except Exception as error:  # noqa: BLE001 - the keys at hand go on working
                log.warning("keys not read", extra={"error": str(error)[:200]})
