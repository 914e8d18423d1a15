"""Runs parts as processes: started in order, started again when they die, and never left behind."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from scripts.local.errors import LauncherError
from scripts.local.places import Places
from scripts.local.progress import complain

STOP_SECONDS = 15.0
AGAIN_SECONDS = 1.0
# A part that dies so often while it starts will not come up.
DEATHS_MOST = 3


@dataclass(frozen=True)
class Part:
    """One process: how it is started, its ports, and when it is ready."""

    name: str
    argv: Sequence[str]
    ports: Sequence[int] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    user: str | None = None
    stop_signal: int = signal.SIGTERM
    # Parts of a higher layer are stopped before those that they stand on.
    layer: int = 0
    ready: Callable[[], bool] = lambda: True


class Supervisor:
    """Keeps parts running until it is told to stop."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._parts: dict[str, Part] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._held: set[str] = set()
        self._deaths: dict[str, int] = {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        for folder in (places.logs, places.pids):
            folder.mkdir(parents=True, exist_ok=True)
        self._only = _only_one(places)
        self._reclaim()
        self._thread.start()

    def start(self, part: Part) -> None:
        """Start a part; LauncherError if one of its ports is taken."""
        for port in part.ports:
            _check_free(port, part.name)
        with self._lock:
            self._parts[part.name] = part
            self._deaths[part.name] = 0
            self._spawn(part)

    def wait(self, name: str, seconds: float = 60.0) -> None:
        """Until a part is ready; LauncherError, with the end of its log, if it does not get there."""
        part, deadline = self._parts[name], time.monotonic() + seconds
        while time.monotonic() < deadline and self._deaths.get(name, 0) < DEATHS_MOST:
            if part.ready():
                return
            time.sleep(0.05)
        said = "\n".join(self.log(name).read_text(errors="replace").splitlines()[-12:])
        raise LauncherError(
            f"{name} does not become ready. Its log ({self.log(name)}) ends:\n{said}"
        )

    def kill(self, name: str, *, again: bool = True) -> None:
        """SIGKILL a part's process, as a fault; unless `again`, it stays down until `revive`."""
        with self._lock:
            if not again:
                self._held.add(name)
            process = self._processes[name]
            process.kill()
            process.wait()

    def revive(self, name: str) -> None:
        """Start a part that was killed to stay down."""
        with self._lock:
            self._held.discard(name)
            if self._processes[name].poll() is not None:
                self._spawn(self._parts[name])

    def pid(self, name: str) -> int:
        """The process id of a part."""
        return self._processes[name].pid

    def log(self, name: str) -> Path:
        """The log of a part."""
        return self._places.logs / f"{name}.log"

    def memory_bytes(self) -> dict[str, int]:
        """The proportional memory (PSS) of each part with everything it started."""
        return {name: _memory(process.pid) for name, process in self._processes.items()}

    def stop(self) -> None:
        """Stop every part, layer by layer."""
        self._stopping.set()
        self._thread.join()
        with self._lock:
            for layer in sorted({part.layer for part in self._parts.values()}, reverse=True):
                self._end([n for n in self._processes if self._parts[n].layer == layer])
        self._only.close()

    def stop_part(self, name: str) -> None:
        """Stop one part for good."""
        with self._lock:
            self._held.add(name)
            self._end([name])

    def _spawn(self, part: Part) -> None:
        environment = {**os.environ, **part.environment}
        with self.log(part.name).open("ab") as log:
            process = subprocess.Popen(
                list(part.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=part.folder,
                user=part.user,
                start_new_session=True,
            )
        self._processes[part.name] = process
        started = psutil.Process(process.pid).create_time()
        note = json.dumps({"pid": process.pid, "started": started})
        (self._places.pids / part.name).write_text(note)

    def _watch(self) -> None:
        while not self._stopping.wait(AGAIN_SECONDS):
            with self._lock:
                for name, process in list(self._processes.items()):
                    dead = process.poll() is not None
                    if dead and name not in self._held and not self._stopping.is_set():
                        complain(f"  {name} died (exit {process.returncode}); starting it again")
                        self._spawn(self._parts[name])

    def _end(self, names: Sequence[str]) -> None:
        """Stop some parts at once."""
        ending = {name: self._processes.pop(name) for name in names}
        for name, process in ending.items():
            if process.poll() is None:
                process.send_signal(self._parts[name].stop_signal)
        deadline = time.monotonic() + STOP_SECONDS
        for name, process in ending.items():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                complain(f"  {name} does not stop; killing it")
            _kill_group(process.pid)
            process.wait()
            (self._places.pids / name).unlink(missing_ok=True)

    def _reclaim(self) -> None:
        """End what a killed launcher of this platform left behind."""
        for note in self._places.pids.iterdir():
            left = json.loads(note.read_text())
            if psutil.pid_exists(left["pid"]):
                process = psutil.Process(left["pid"])
                if abs(process.create_time() - left["started"]) < 1:
                    complain(f"  ending {note.name} (pid {left['pid']}) of an earlier run")
                    process.terminate()
                    psutil.wait_procs([process], timeout=STOP_SECONDS)
                    _kill_group(left["pid"])
            note.unlink(missing_ok=True)


def _only_one(places: Places) -> IO[str]:
    """One launcher per platform, for as long as the file is open."""
    lock = (places.home / "launcher.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LauncherError(
            f"the platform at {places.home} runs already. Stop it, or use another:"
            " MARQUEE_HOME=/some/folder scripts/up --port-shift 1000"
        ) from None
    return lock


def _kill_group(group: int) -> None:
    """End whatever a part started and did not end itself."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _check_free(port: int, name: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise LauncherError(
                f"port {port} ({name}) is taken. Stop what uses it, or shift all ports:"
                " scripts/up --port-shift 1000"
            ) from None


def _memory(pid: int) -> int:
    total = 0
    try:
        whole = psutil.Process(pid)
        for process in [whole, *whole.children(recursive=True)]:
            total += process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return total
    return total
