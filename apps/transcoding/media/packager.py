"""Shaka Packager: one encrypted CMAF set for HLS and DASH, and back again."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from uuid import UUID, uuid4

from apps.transcoding.domain.failure import Failure, FailureKind, StepFailedError
from apps.transcoding.media.sandbox import PACKAGER, run

Alive = Callable[[], bool]

# Without these two the packager takes 900 MB.
_CACHES = ("--io_cache_size", "1048576")
# A segment's length, a little short, so that no keyframe falls before its boundary by rounding.
_SHORT = Fraction(1, 5000)


@dataclass(frozen=True)
class ContentKey:
    """A key in the clear; it lives in a worker's memory and in one short-lived file."""

    key_id: UUID
    key: bytes


@dataclass(frozen=True)
class Track:
    """One input of the packager; `label` names the content key, text has none."""

    name: str
    path: Path
    stream: str
    label: str | None
    language: str = ""


def package(
    tracks: Sequence[Track],
    keys: Mapping[str, ContentKey],
    gop_seconds: Fraction,
    work: Path,
    alive: Alive,
) -> float:
    """Package into `<work>/package`, with static manifests; the CPU seconds."""
    argv = [*arguments(tracks, gop_seconds), "--io_block_size", "65536"]
    argv += ["--generate_static_live_mpd", "--hls_playlist_type", "VOD"]
    with KeyFile(work, keys) as flags:
        ran = run([str(PACKAGER), *argv, flags], seconds=1800, alive=alive, cwd=work)
    if ran.code != 0:
        raise StepFailedError(Failure(FailureKind.ENCODER, "package_failed", ran.stderr[-300:]))
    return ran.cpu_seconds


def arguments(tracks: Sequence[Track], gop_seconds: Fraction) -> list[str]:
    """The packager's arguments that static and growing packages share."""
    segment = f"{float(gop_seconds - _SHORT):.6f}"
    spoken = [track.language for track in tracks if track.stream == "audio" and track.language]
    argv = [part for track in tracks for part in _descriptors(track)]
    argv += ["--quiet", "--segment_duration", segment, "--fragment_duration", segment, *_CACHES]
    argv += ["--mpd_output", "package/manifest.mpd"]
    argv += ["--hls_master_playlist_output", "package/master.m3u8"]
    return [*argv, "--default_language", spoken[0]] if spoken else argv


def _descriptors(track: Track) -> list[str]:
    language = f",language={track.language}" if track.language else ""
    source = f"in={track.path},stream={track.stream}"
    folder = f"package/{track.name}"
    segments = f"init_segment={folder}/init.mp4,segment_template={folder}/$Number%05d$.m4s"
    if track.stream == "text":
        name = f"hls_group_id=sub,hls_name={track.language or 'Subtitles'}{language}"
        vtt = f"segment_template={folder}/$Number%05d$.vtt,playlist_name={track.name}.m3u8"
        wvtt = segments.replace(folder, f"{folder}-wvtt")
        return [f"{source},{vtt},{name},hls_only=1", f"{source},{wvtt}{language},dash_only=1"]
    more = f",playlist_name={track.name}.m3u8,drm_label={track.label}"
    if track.stream == "audio":
        more += f",hls_group_id=aud,hls_name={track.language or track.name}{language}"
    return [f"{source},{segments}{more}"]


class KeyFile:
    """A flag file that only its owner can read, there for as long as the packager runs.

    Keys on the command line would stand in the process list.
    """

    def __init__(
        self, folder: Path, keys: Mapping[str, ContentKey], *, decrypt: bool = False
    ) -> None:
        self._path = folder / f"{uuid4()}.flags"
        listed = ",".join(
            f"label={label}:key_id={key.key_id.hex}:key={key.key.hex()}"
            for label, key in keys.items()
        )
        lines = [
            "--enable_raw_key_encryption",
            "--protection_scheme=cbcs",
            "--clear_lead=0",
            "--protection_systems=Widevine,PlayReady,FairPlay",
        ]
        self._text = "\n".join(
            [*(["--enable_raw_key_decryption"] if decrypt else lines), f"--keys={listed}", ""]
        )

    def __enter__(self) -> str:
        self._path.touch(mode=0o600)
        self._path.write_text(self._text)
        return f"--flagfile={self._path}"

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)


def decrypt(track: Track, key: ContentKey, work: Path, alive: Alive) -> Path | None:
    """A packaged track as one plain MP4 again, or None if the packager cannot open it."""
    folder = work / "package" / track.name
    whole = work / f"{track.name}.encrypted.mp4"
    with whole.open("wb") as joined:
        for part in (folder / "init.mp4", *sorted(folder.glob("*.m4s"))):
            joined.write(part.read_bytes())
    plain = work / f"{track.name}.plain.mp4"
    argv = [str(PACKAGER), "--quiet", f"in={whole},stream={track.stream},output={plain}", *_CACHES]
    with KeyFile(work, {"": key}, decrypt=True) as flags:
        ran = run([*argv, "--io_block_size", "65536", flags], seconds=600, alive=alive, cwd=work)
    whole.unlink()
    return plain if ran.code == 0 else None


def spawn(argv: Sequence[str], work: Path) -> subprocess.Popen[bytes]:
    """A packager that runs beside its inputs; who starts it ends it."""
    limits = ("prlimit", "--as=2147483648", "--core=0")
    return subprocess.Popen(
        [*limits, str(PACKAGER), *argv],
        cwd=work,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
