"""The local runner: one worker process per core, started again when it dies, ended with the service."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0
_PR_SET_PDEATHSIG = 1


class LocalRunner:
    """Keeps `workers` processes alive."""

    def __init__(self, workers: int, environment: Mapping[str, str]) -> None:
        self._count = workers
        self._environment = dict(environment)
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="runner", daemon=True)

    def start(self) -> None:
        """Begin: the workers live as long as this thread does."""
        self._thread.start()

    def stop(self) -> None:
        """End every worker and whatever it runs."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.5 if self._processes else 0):
            for slot in range(self._count):
                process = self._processes.get(slot)
                if process is None or process.poll() is not None:
                    if process is not None:
                        log.warning("worker died", extra={"code": process.returncode})
                    self._processes[slot] = self._spawn(slot)
        self._end()

    def _spawn(self, slot: int) -> subprocess.Popen[bytes]:
        name = f"local-{slot}-{os.getpid()}-{int(time.time())}"
        argv = [sys.executable, "-m", "apps.transcoding.main", "worker", "--name", name]
        return subprocess.Popen(argv, env=self._environment, start_new_session=True)

    def _end(self) -> None:
        for process in self._processes.values():
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that started it ends, however it ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        sys.exit("the runner is gone")
