"""Proof, before a package is announced, that it decrypts to what was encoded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.transcoding.domain.failure import Failure, FailureKind, StepFailedError
from apps.transcoding.media.packager import ContentKey, Track, decrypt
from apps.transcoding.media.sandbox import FFPROBE, sandboxed

Alive = Callable[[], bool]

# Two clocks round differently; a frame lost is at least 8 ms (120 frames a second).
DURATION_SECONDS = 0.005


@dataclass(frozen=True)
class Packet:
    """One encoded picture or piece of sound; times in seconds."""

    at: float
    lasts: float
    keyframe: bool
    digest: str


def verify(track: Track, key: ContentKey, gop_frames: int, work: Path, alive: Alive) -> None:
    """Decrypt a packaged track and compare it with what was encoded, packet by packet.

    Equal packets are equal frames, without decoding any. Raises StepFailedError unless every packet
    is the same, in the same order and of the same duration, and every video segment begins with a
    keyframe, at the same frame in every rung.
    """
    plain = decrypt(track, key, work, alive)
    made = packets(plain, track.stream, alive) if plain is not None else []
    kept = packets(track.path, track.stream, alive)
    if plain is not None:
        plain.unlink()
    if [packet.digest for packet in made] != [packet.digest for packet in kept]:
        raise _failed("verify_failed", f"{track.name}: decrypting does not give what was encoded")
    late = abs(_seconds(made) - _seconds(kept))
    if late > DURATION_SECONDS:
        raise _failed("duration_astray", f"{track.name}: lasts {late:.3f} s longer or shorter")
    if track.stream == "video":
        _check_keyframes(track, kept, gop_frames, work)


def packets(path: Path, stream: str, alive: Alive) -> list[Packet]:
    """The packets of our own MP4, in the order of decoding."""
    argv = [FFPROBE, "-v", "error", "-select_streams", f"{stream[0]}:0", "-show_data_hash", "MD5"]
    shown = "packet=dts_time,duration_time,flags,data_hash"
    argv += ["-show_entries", shown, "-of", "csv=p=0", "/in/input"]
    ran = sandboxed(argv, input=path, out=None, seconds=600, alive=alive)
    if ran.code != 0:
        raise _failed("verify_failed", ran.stderr[-300:])
    rows = (line.split(",") for line in ran.stdout.decode().split())
    return [
        Packet(float(at), float(lasts), "K" in flags, digest)
        for at, lasts, flags, digest in (row[:4] for row in rows)
    ]


def _check_keyframes(track: Track, kept: Sequence[Packet], gop_frames: int, work: Path) -> None:
    starts = [n for n, packet in enumerate(kept) if packet.keyframe]
    segments = len(list((work / "package" / track.name).glob("*.m4s")))
    if starts != list(range(0, len(kept), gop_frames)) or segments != len(starts):
        said = f"{track.name}: keyframes are not where the {segments} segments begin"
        raise _failed("keyframes_astray", said)


def _seconds(found: Sequence[Packet]) -> float:
    return found[-1].at + found[-1].lasts - found[0].at if found else 0.0


def _failed(code: str, reason: str) -> StepFailedError:
    return StepFailedError(Failure(FailureKind.ENCODER, code, reason))
