"""Untrusted programs end at their limits, with everything that they started."""

import sys
import time
from pathlib import Path

import psutil
import pytest

from apps.transcoding.domain.failure import FailureKind, StepFailedError
from apps.transcoding.media.sandbox import (
    FFMPEG,
    STDERR_BYTES,
    STDOUT_BYTES,
    check_sandbox,
    run,
    sandboxed,
)

pytestmark = pytest.mark.sandbox
ENDLESS = [FFMPEG, "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"]


@pytest.fixture(autouse=True)
def sandbox() -> None:
    check_sandbox()


def running(mark: str) -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if mark in (p.info["cmdline"] or ())]


def test_an_endless_program_is_killed_whole_at_its_deadline(tmp_path: Path) -> None:
    mark = str(tmp_path)
    with pytest.raises(StepFailedError) as killed:
        sandboxed([*ENDLESS, "-metadata", mark], input=None, out=tmp_path, seconds=1)

    assert killed.value.failure.kind is FailureKind.TIMEOUT
    deadline = time.monotonic() + 10
    while running(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(mark) == []


def test_a_step_that_was_taken_away_ends_its_program(tmp_path: Path) -> None:
    with pytest.raises(StepFailedError) as killed:
        sandboxed(ENDLESS, input=None, out=tmp_path, seconds=60, alive=lambda: False)
    assert killed.value.failure.kind is FailureKind.LOST


def test_memory_has_an_end() -> None:
    ran = run([sys.executable, "-c", "bytearray(16 * 2**30)"], seconds=30)
    assert ran.code != 0
    assert "MemoryError" in ran.stderr


def test_a_flood_of_output_is_read_but_not_kept() -> None:
    flood = "import sys; [getattr(sys, n).write('x' * 2**20) for n in ('stdout', 'stderr') * 80]"
    ran = run([sys.executable, "-c", flood], seconds=60)
    assert ran.code == 0
    assert len(ran.stdout) <= STDOUT_BYTES
    assert len(ran.stderr) <= STDERR_BYTES


def test_what_is_inside_cannot_write_outside(tmp_path: Path) -> None:
    master = tmp_path / "master"
    master.write_bytes(b"as it was")
    for target in ("/in/input", "/tools/x.nut", str(tmp_path / "x.nut"), "/etc/x.nut"):
        argv = [FFMPEG, "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i"]
        argv += ["testsrc2=duration=0.1", "-f", "nut", target]
        assert sandboxed(argv, input=master, out=None, seconds=20).code != 0, target
    assert master.read_bytes() == b"as it was"
    assert list(tmp_path.iterdir()) == [master]
