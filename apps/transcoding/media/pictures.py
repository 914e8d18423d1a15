"""Thumbnails for the seek bar, as sprites with a WebVTT index, and a poster."""

from collections.abc import Callable
from pathlib import Path

from apps.transcoding.domain.failure import Failure, FailureKind, StepFailedError
from apps.transcoding.domain.media import Media
from apps.transcoding.media.sandbox import FFMPEG, sandboxed

COLUMNS = ROWS = 10
TILE_HEIGHT = 90
# At most twenty sprites, whatever the film's length.
TILES_MOST = 2000


def make_thumbnails(
    rung: Path, media: Media, out: Path, alive: Callable[[], bool]
) -> tuple[list[Path], str, float]:
    """Sprites from the keyframes of a rung, their WebVTT, and the CPU seconds."""
    every = max(1, -(-int(media.duration_seconds / media.gop_seconds) // TILES_MOST))
    interval = float(media.gop_seconds * every)
    width = max(2, round(TILE_HEIGHT * media.width / media.height / 2) * 2)
    tiles = f"select='not(mod(n\\,{every}))',scale={width}:{TILE_HEIGHT},tile={COLUMNS}x{ROWS}"
    argv = [FFMPEG, "-nostdin", "-v", "error", "-y", "-skip_frame", "nokey", "-i", "/in/input"]
    argv += ["-vf", tiles, "-fps_mode", "passthrough", "-q:v", "4", "/out/sprite_%03d.jpg"]
    ran = sandboxed(argv, input=rung, out=out, seconds=300, alive=alive)
    sprites = sorted(out.glob("sprite_*.jpg"))
    if ran.code != 0 or not sprites:
        said = ran.stderr.strip()[-300:] or "no picture"
        raise StepFailedError(Failure(FailureKind.ENCODER, "thumbnails_failed", said))
    return sprites, _index(media.duration_seconds, interval, width), ran.cpu_seconds


def make_poster(chunk: Path, out: Path, alive: Callable[[], bool]) -> float:
    """`poster.jpg`, the most typical frame of a second of our own encode; the CPU seconds."""
    shape = "thumbnail=24,setsar=1,format=yuvj420p"
    argv = [FFMPEG, "-nostdin", "-v", "error", "-y", "-i", "/in/input", "-vf", shape]
    argv += ["-frames:v", "1", "-q:v", "4", "/out/poster.jpg"]
    ran = sandboxed(argv, input=chunk, out=out, seconds=120, alive=alive)
    if ran.code != 0 or not (out / "poster.jpg").exists():
        said = ran.stderr.strip()[-300:] or "no picture"
        raise StepFailedError(Failure(FailureKind.ENCODER, "poster_failed", said))
    return ran.cpu_seconds


def _index(duration: float, interval: float, width: int) -> str:
    lines = ["WEBVTT", ""]
    for number in range(max(1, -(-int(duration * 1000) // int(interval * 1000)))):
        start, end = number * interval, min(duration, (number + 1) * interval)
        sheet, place = divmod(number, COLUMNS * ROWS)
        x, y = place % COLUMNS * width, place // COLUMNS * TILE_HEIGHT
        lines.append(f"{_stamp(start)} --> {_stamp(end)}")
        lines.append(f"sprite_{sheet + 1:03d}.jpg#xywh={x},{y},{width},{TILE_HEIGHT}")
        lines.append("")
    return "\n".join(lines)


def _stamp(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{thousandths:03d}"
