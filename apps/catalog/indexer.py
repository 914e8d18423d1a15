"""The loop that brings the search index up to the titles, at its own pace."""

import logging
import threading

from apps.catalog.service import BATCH, Catalog
from apps.kit.errors import UnavailableError

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
AWAY_SECONDS = 2.0


class Indexer:
    """Woken by changes, and looking by itself besides."""

    def __init__(self) -> None:
        self._bell = threading.Event()
        self._stop = threading.Event()
        self._catalog: Catalog | None = None
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)

    def serve(self, catalog: Catalog) -> "Indexer":
        """Index for this catalog."""
        self._catalog = catalog
        return self

    def wake(self) -> None:
        """Something changed."""
        self._bell.set()

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the batch at hand."""
        self._stop.set()
        self._bell.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        assert self._catalog is not None
        while not self._stop.is_set():
            self._bell.clear()
            pause = POLL_SECONDS
            try:
                if self._catalog.index_batch() == BATCH:
                    continue
            except UnavailableError as away:
                log.warning("index waits", extra={"error": away.detail})
                pause = AWAY_SECONDS
            except Exception:
                log.exception("index batch failed")
                pause = AWAY_SECONDS
            self._bell.wait(pause)
