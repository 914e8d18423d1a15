"""A package is announced only if it decrypts to what was encoded."""

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import pytest

from apps.transcoding.domain.failure import StepFailedError
from apps.transcoding.media.packager import ContentKey, Track, package
from apps.transcoding.media.sandbox import check_sandbox
from apps.transcoding.media.verification import verify
from tests.platform.films import X264, ffmpeg, picture, tone

pytestmark = pytest.mark.sandbox

KEYS = {label: ContentKey(uuid4(), os.urandom(16)) for label in ("AUDIO", "SD", "HD")}
GOP = 48
VIDEO, AUDIO = "v240p", "audio-0"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A packaged film of three segments."""
    check_sandbox()
    gop = ("-g", str(GOP), "-keyint_min", str(GOP), "-sc_threshold", "0")
    ffmpeg(*picture(seconds=6), *X264, *gop, "-movflags", "+negative_cts_offsets",
           str(tmp_path / "video.mp4"))  # fmt: skip
    ffmpeg(*tone(6), "-c:a", "aac", str(tmp_path / "audio.mp4"))
    package(tracks(tmp_path), KEYS, Fraction(2), tmp_path, lambda: True)
    return tmp_path


def tracks(work: Path) -> list[Track]:
    return [
        Track(VIDEO, work / "video.mp4", "video", "SD"),
        Track(AUDIO, work / "audio.mp4", "audio", "AUDIO", "en"),
    ]


def check(work: Path, *, gop_frames: int = GOP) -> None:
    for track in tracks(work):
        assert track.label is not None
        verify(track, KEYS[track.label], gop_frames, work, lambda: True)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)


def segment(name: str, number: int) -> Callable[[Path], Path]:
    return lambda work: work / "package" / name / f"{number:05d}.m4s"


def test_a_whole_package_is_good(work: Path) -> None:
    check(work)
    assert len(list((work / "package" / VIDEO).glob("*.m4s"))) == 3


@pytest.mark.parametrize("of", [segment(VIDEO, 2), segment(AUDIO, 1)])
def test_a_changed_byte_is_noticed(work: Path, of: Callable[[Path], Path]) -> None:
    flip(of(work))
    with pytest.raises(StepFailedError, match="verify_failed"):
        check(work)


@pytest.mark.parametrize("of", [segment(VIDEO, 3), segment(AUDIO, 2)])
def test_a_lost_segment_is_noticed(work: Path, of: Callable[[Path], Path]) -> None:
    of(work).unlink()
    with pytest.raises(StepFailedError, match="verify_failed"):
        check(work)


def test_a_wrong_key_is_noticed(work: Path) -> None:
    wrong = replace(KEYS["SD"], key=os.urandom(16))
    with pytest.raises(StepFailedError, match="verify_failed"):
        verify(tracks(work)[0], wrong, GOP, work, lambda: True)


def test_keyframes_that_stray_from_the_segments_are_noticed(work: Path) -> None:
    with pytest.raises(StepFailedError, match="keyframes_astray"):
        check(work, gop_frames=GOP - 1)


def test_another_duration_is_noticed(work: Path) -> None:
    """The same packets, at another speed."""
    ffmpeg("-itsscale", "1.5", "-i", str(work / "video.mp4"), "-c", "copy", str(work / "slow.mp4"))
    slow = replace(tracks(work)[0], path=work / "slow.mp4")
    with pytest.raises(StepFailedError, match="duration_astray"):
        verify(slow, KEYS["SD"], GOP, work, lambda: True)
