"""ffmpeg's part: chunks of the ladder, audio, subtitles, pictures; always in the sandbox."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from apps.transcoding.domain.failure import Failure, FailureKind, StepFailedError, rejected
from apps.transcoding.domain.graph import Cut
from apps.transcoding.domain.ladder import Rung
from apps.transcoding.domain.media import AudioTrack, Media, SubtitleTrack
from apps.transcoding.media.probe import GUARD
from apps.transcoding.media.sandbox import FFMPEG, FFPROBE, Finished, sandboxed

Alive = Callable[[], bool]

# A worker's patience: seconds of wall time for each second of media, and for starting up.
PATIENCE = 30
START_SECONDS = 60
SUBTITLE_BYTES = 2 * 1024 * 1024
_QUIET = (FFMPEG, "-nostdin", "-v", "error", "-y")
_PLAIN = (
    "-map_metadata",
    "-1",
    "-map_chapters",
    "-1",
    "-flags",
    "+bitexact",
    "-fflags",
    "+bitexact",
)


def deadline(media_seconds: float) -> float:
    """Seconds of wall time after which an encode is hopeless."""
    return START_SECONDS + PATIENCE * media_seconds


def picture_filter(media: Media, cut_exactly: bool) -> str:
    """From whatever the source has to even, progressive frames that count from zero."""
    tick = 1 / media.rate
    steps = ["bwdif=mode=send_frame"] if media.interlaced else []
    if not cut_exactly:
        steps.append(f"fps={media.rate}")
    return ",".join([*steps, f"settb={tick.numerator}/{tick.denominator}", "setpts=N"])


def x264(media: Media, preset: str, maxrate_kbit: int) -> list[str]:
    """Constant quality under a cap; closed groups of pictures at the same frames in every rung."""
    gop = str(media.gop_frames)
    return [
        *("-c:v", "libx264", "-preset", preset, "-profile:v", "high", "-pix_fmt", "yuv420p"),
        *("-threads", "1", "-crf", "23", "-maxrate", f"{maxrate_kbit}k"),
        *("-bufsize", f"{2 * maxrate_kbit}k", "-g", gop, "-keyint_min", gop),
        *("-sc_threshold", "0", "-x264-params", "open-gop=0:scenecut=0"),
    ]


def timescale(rate: Fraction) -> int:
    """Ticks per second in which every frame of the rate is whole."""
    scale = rate.numerator
    while scale < 10000:
        scale *= 10
    return scale


def scaled(rung: Rung) -> str:
    """The filter from the source's size to a rung's."""
    return f"scale={rung.width}:{rung.height}:flags=bicubic,setsar=1"


def encode_chunk(
    master: Path, media: Media, cut: Cut, rungs: Sequence[Rung], out: Path, alive: Alive
) -> float:
    """Encode one stretch to `<out>/<rung>.mp4`, one decode for all rungs; the CPU seconds."""
    argv = chunk_command(media, cut, rungs)
    seconds = float(cut.frames / media.rate) if cut.frames else media.duration_seconds
    ran = sandboxed(
        argv, input=master, out=out, seconds=deadline(seconds), alive=alive, patient=True
    )
    _check(ran, "chunk")
    for rung in rungs:
        _check_frames(out / f"{rung.name}.mp4", cut, media)
    return ran.cpu_seconds


def chunk_command(media: Media, cut: Cut, rungs: Sequence[Rung]) -> list[str]:
    """ffmpeg's arguments for one stretch."""
    names = [f"[s{n}]" for n in range(len(rungs))]
    graph = f"[0:v:0]{picture_filter(media, cut.frames is not None)},split={len(rungs)}"
    graph += "".join(names)
    for name, rung in zip(names, rungs, strict=True):
        graph += f";{name}{scaled(rung)}[{rung.name}]"
    # A gap in the timestamps must not become hours of frames.
    most = cut.frames or int(media.duration_seconds * media.rate * Fraction(11, 10)) + 10
    argv = [*_QUIET, "-threads", "1", "-filter_complex_threads", "1", *GUARD]
    argv += ["-ss", f"{cut.seek_seconds:.6f}"] if cut.seek_seconds > 0 else []
    argv += ["-i", "/in/input", "-filter_complex", graph]
    for rung in rungs:
        argv += ["-map", f"[{rung.name}]", *x264(media, "veryfast", rung.maxrate_kbit), *_PLAIN]
        argv += ["-video_track_timescale", str(timescale(media.rate)), "-frames:v", str(most)]
        # Without an edit list, so that what is joined and packaged begins at zero.
        argv += ["-movflags", "+negative_cts_offsets", f"/out/{rung.name}.mp4"]
    return argv


def encode_audio(master: Path, media: Media, track: AudioTrack, out: Path, alive: Alive) -> float:
    """Encode one whole track to `<out>/audio.mp4`, in step with the video; the CPU seconds."""
    channels = 6 if track.channels >= 6 else min(track.channels, 2)
    argv = [*_QUIET, "-threads", "1", *GUARD, *offset(media), "-i", "/in/input"]
    argv += ["-map", f"0:a:{track.index}", "-vn", "-sn", "-dn"]
    argv += [*aac(channels), "-t", f"{media.duration_seconds:.3f}", *_PLAIN, "/out/audio.mp4"]
    wait = deadline(media.duration_seconds / 10)
    ran = sandboxed(argv, input=master, out=out, seconds=wait, alive=alive, patient=True)
    _check(ran, "audio")
    return ran.cpu_seconds


def offset(media: Media) -> list[str]:
    """Skip what is heard before the first picture, so that both begin at zero."""
    late = media.video_offset_seconds
    return ["-ss", f"{late:.6f}"] if late > 0 else []


def aac(channels: int) -> list[str]:
    """AAC-LC at 48 kHz; silence fills a late start or a gap."""
    rate = "384k" if channels == 6 else "128k"
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    shape = f"aresample=async=1:first_pts=0,aformat=channel_layouts={layout}"
    return ["-c:a", "aac", "-b:a", rate, "-ac", str(channels), "-ar", "48000", "-af", shape]


def extract_subtitles(master: Path, track: SubtitleTrack, out: Path, alive: Alive) -> float:
    """One text track to `<out>/subtitles.vtt`; the CPU seconds."""
    argv = [*_QUIET, *GUARD, "-i", "/in/input", "-map", f"0:s:{track.index}", "-c:s", "webvtt"]
    argv += ["-fs", str(SUBTITLE_BYTES), *_PLAIN, "/out/subtitles.vtt"]
    ran = sandboxed(argv, input=master, out=out, seconds=START_SECONDS * 5, alive=alive)
    _check(ran, "subtitles")
    return ran.cpu_seconds


def join(parts: Sequence[Path], out: Path, alive: Alive) -> float:
    """Chunks of one rung behind one another, bit for bit, to `out`; the CPU seconds."""
    listing = out.parent / f"{out.stem}.txt"
    listing.write_text("".join(f"file '/out/{part.relative_to(out.parent)}'\n" for part in parts))
    argv = [*_QUIET, "-f", "concat", "-safe", "0", "-i", f"/out/{listing.name}", "-c", "copy"]
    argv += ["-video_track_timescale", _timescale_of(parts[0])]
    argv += [*_PLAIN, "-movflags", "+negative_cts_offsets", f"/out/{out.name}"]
    ran = sandboxed(argv, input=None, out=out.parent, seconds=600, alive=alive)
    _check(ran, "join")
    return ran.cpu_seconds


def frames_of(path: Path) -> int:
    """How many frames an MP4 of ours says it has."""
    return int(_stream_entry(path, "nb_frames"))


def _timescale_of(path: Path) -> str:
    return _stream_entry(path, "time_base").partition("/")[2]


def _stream_entry(path: Path, entry: str) -> str:
    argv = [FFPROBE, "-v", "error", "-select_streams", "v:0", "-show_entries", f"stream={entry}"]
    argv += ["-of", "csv=p=0", "/in/input"]
    ran = sandboxed(argv, input=path, out=None, seconds=30)
    _check(ran, "inspect")
    return ran.stdout.decode().strip().split(",")[0]


def _check(ran: Finished, what: str) -> None:
    if ran.code == 0:
        return
    said = ran.stderr.strip()[-300:] or f"exit {ran.code}"
    if "Invalid data found" in ran.stderr or "whitelist" in ran.stderr:
        raise rejected("source_damaged", f"the master cannot be decoded ({said[-120:]})")
    raise StepFailedError(Failure(FailureKind.ENCODER, f"{what}_failed", said))


def _check_frames(path: Path, cut: Cut, media: Media) -> None:
    made = frames_of(path)
    if cut.frames is not None and made != cut.frames:
        said = f"{made} of {cut.frames} frames at {cut.seek_seconds:.1f} s could be decoded"
        raise rejected("source_damaged", said)
    if cut.frames is None and made < media.duration_seconds * float(media.rate) * 0.9 - 5:
        raise rejected("source_damaged", f"only {made} frames could be decoded")
