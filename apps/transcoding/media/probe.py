"""Reads what a master is, in the sandbox, and refuses what must not be encoded."""

import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from apps.transcoding.domain.failure import rejected
from apps.transcoding.domain.graph import Index
from apps.transcoding.domain.media import (
    FRAME_RATE_MOST,
    HDR_TRANSFERS,
    HOURS_MOST,
    PIXELS_MOST,
    SECONDS_LEAST,
    STREAMS_MOST,
    TEXT_SUBTITLES,
    AudioTrack,
    Media,
    SubtitleTrack,
)
from apps.transcoding.media.sandbox import FFPROBE, Finished, sandboxed

CODECS = (
    "h264,hevc,vp8,vp9,av1,libdav1d,mpeg4,mpeg2video,mpeg1video,prores,dnxhd,aac,mp3,mp3float,mp2,"
    "mp2float,opus,flac,ac3,eac3,vorbis,alac,pcm_s16le,pcm_s24le,pcm_s32le,pcm_s16be,pcm_s24be,"
    "pcm_f32le,subrip,srt,ass,ssa,mov_text,webvtt"
)
FORMATS = "mov,matroska,mpegts,avi"
# What ffmpeg and ffprobe may open at all: one file, of few formats, by few decoders.
GUARD = (
    *("-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-codec_whitelist", CODECS),
    *("-max_pixels", str(PIXELS_MOST), "-max_streams", "64"),
)
PROBE_SECONDS = 30
INDEX_SECONDS = 600
_LANGUAGE = re.compile(r"^[a-z]{2,3}$")
_UNKNOWN = frozenset({"und", "mul", "mis", "zxx", "unk"})
_SHOWN = (
    "format=format_name,duration,start_time:stream=index,codec_type,codec_name,width,height,"
    "avg_frame_rate,r_frame_rate,start_time,duration,nb_frames,field_order,color_transfer,channels,"
    "pix_fmt:stream_tags=language,title:stream_disposition=attached_pic:stream_side_data"
)

Alive = Callable[[], bool]


def probe(master: Path, alive: Alive) -> tuple[Media, float]:
    """What a master is, and the CPU seconds of finding out; StepFailedError if it is refused."""
    if master.stat().st_size == 0:
        raise rejected("source_empty", "the file is empty")
    argv = [FFPROBE, "-v", "error", *GUARD, "-show_entries", _SHOWN, "-of", "json", "/in/input"]
    ran = sandboxed(argv, input=master, out=None, seconds=PROBE_SECONDS, alive=alive)
    if ran.code != 0:
        raise rejected(*_unreadable(ran))
    return _judge(json.loads(ran.stdout)), ran.cpu_seconds


def index(master: Path, media: Media, alive: Alive) -> tuple[Index, float]:
    """Count the frames and see whether they stand evenly, without decoding any."""
    argv = [FFPROBE, "-v", "error", *GUARD, "-select_streams", "v:0"]
    argv += ["-show_entries", "packet=pts_time", "-of", "csv=p=0", "/in/input"]
    ran = sandboxed(argv, input=master, out=None, seconds=INDEX_SECONDS, alive=alive)
    if ran.code != 0:
        raise rejected(*_unreadable(ran))
    # A line may end with a comma: transport streams bring side data along.
    marks = (line.partition(",")[0] for line in ran.stdout.decode().split())
    times = sorted(float(mark) for mark in marks if mark[:1] in "-0123456789")
    if not times:
        raise rejected("source_damaged", "the video stream has no frames")
    _judge_length(times, media)
    grid = 0.25 / float(media.rate)
    even = all(
        abs(moment - times[0] - float(n / media.rate)) < grid for n, moment in enumerate(times)
    )
    exact = even and not media.interlaced and not media.format.startswith(("mpegts", "avi"))
    return Index(frames=len(times) if even else None, exact=exact), ran.cpu_seconds


def _judge_length(times: list[float], media: Media) -> None:
    """Refuse a file that ends early, and one whose gaps would become hours of made-up frames."""
    lasts = times[-1] - times[0] + float(1 / media.rate)
    if lasts < media.duration_seconds * 0.98 - 1:
        said = f"the video ends after {lasts:.1f} s of the {media.duration_seconds:.1f} s promised"
        raise rejected("source_truncated", said)
    due = lasts * float(media.rate)
    if len(times) < due / 4 - 10:
        said = f"{len(times)} frames stand where {due:.0f} are due"
        raise rejected("source_gaps", said)


def _unreadable(ran: Finished) -> tuple[str, str]:
    said = ran.stderr.strip().splitlines()[-1][:200] if ran.stderr.strip() else "no word why"
    if "whitelist" in ran.stderr:
        return "source_format", "neither MP4, MOV, MKV, WebM, MPEG-TS nor AVI"
    if "max_pixels" in ran.stderr or "Picture size" in ran.stderr:
        return "source_pixels", f"more than {PIXELS_MOST} pixels in a picture"
    if "max_streams" in ran.stderr:
        return "source_streams", f"more than {STREAMS_MOST} streams"
    return "source_unreadable", f"not a readable video file ({said})"


def _judge(found: dict[str, Any]) -> Media:
    streams = found.get("streams", [])
    if len(streams) > STREAMS_MOST:
        raise rejected("source_streams", f"{len(streams)} streams; {STREAMS_MOST} are allowed")
    pictures = [s for s in streams if s["codec_type"] == "video" and not _cover(s)]
    if not pictures:
        raise rejected("source_no_video", "the file has no video stream")
    video = pictures[0]
    _judge_picture(video)
    rate = _rate(video)
    duration = float(found["format"].get("duration") or video.get("duration") or 0)
    if not SECONDS_LEAST <= duration <= HOURS_MOST * 3600:
        said = f"{duration:.2f} s long; from {SECONDS_LEAST} s to {HOURS_MOST} h are allowed"
        raise rejected("source_duration", said)
    width, height = _displayed(video)
    return Media(
        format=found["format"]["format_name"],
        width=width,
        height=height,
        duration_seconds=duration,
        frame_rate=str(rate),
        start_seconds=float(found["format"].get("start_time") or 0),
        video_start_seconds=float(video.get("start_time") or 0),
        interlaced=video.get("field_order", "progressive") in ("tt", "bb", "tb", "bt"),
        audio=tuple(_audio(streams)),
        subtitles=tuple(_subtitles(streams)),
    )


def _judge_picture(video: dict[str, Any]) -> None:
    if video.get("codec_name") in (None, "unknown") or not video.get("width"):
        raise rejected("source_codec", "the video's codec is not supported")
    if video["codec_name"] not in CODECS.split(","):
        raise rejected("source_codec", f"{video['codec_name']} video is not supported")
    if video["width"] * video["height"] > PIXELS_MOST:
        said = f"{video['width']}x{video['height']} is over {PIXELS_MOST} pixels"
        raise rejected("source_pixels", said)
    dolby = any(
        "DOVI" in str(side.get("side_data_type")) for side in video.get("side_data_list", ())
    )
    if video.get("color_transfer") in HDR_TRANSFERS or dolby:
        raise rejected("source_hdr", "HDR masters are not supported yet; send an SDR grade")


def _cover(stream: dict[str, Any]) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _rate(video: dict[str, Any]) -> Fraction:
    """Frames per second, at 1/1001 precision; variable rates come out as their average."""
    for name in ("avg_frame_rate", "r_frame_rate"):
        top, _, bottom = str(video.get(name, "0/0")).partition("/")
        if top not in ("", "0") and bottom not in ("", "0"):
            rate = Fraction(int(top), int(bottom))
            break
    else:
        raise rejected("source_frame_rate", "the video has no frame rate")
    if not 1 <= rate <= FRAME_RATE_MOST:
        said = f"{float(rate):.1f} frames per second; from 1 to {FRAME_RATE_MOST} are allowed"
        raise rejected("source_frame_rate", said)
    for standard in (Fraction(round(rate)), Fraction(round(rate * 1001 / 1000) * 1000, 1001)):
        if abs(rate - standard) < Fraction(1, 500):
            return standard
    return rate.limit_denominator(1001)


def _displayed(video: dict[str, Any]) -> tuple[int, int]:
    turned = any(
        abs(int(side.get("rotation", 0))) % 180 == 90 for side in video.get("side_data_list", ())
    )
    size = int(video["width"]), int(video["height"])
    return (size[1], size[0]) if turned else size


def _audio(streams: list[dict[str, Any]]) -> list[AudioTrack]:
    heard = [s for s in streams if s["codec_type"] == "audio"]
    return [
        AudioTrack(
            n, _language(s), int(s["channels"]), str(s.get("tags", {}).get("title", ""))[:60]
        )
        for n, s in enumerate(heard)
        if s.get("codec_name") in CODECS.split(",") and s.get("channels")
    ]


def _subtitles(streams: list[dict[str, Any]]) -> list[SubtitleTrack]:
    read = [s for s in streams if s["codec_type"] == "subtitle"]
    return [
        SubtitleTrack(n, _language(s))
        for n, s in enumerate(read)
        if s.get("codec_name") in TEXT_SUBTITLES
    ]


def _language(stream: dict[str, Any]) -> str:
    """The language as ISO 639, or nothing where the file does not say one."""
    said = str(stream.get("tags", {}).get("language", "")).lower()
    return said if _LANGUAGE.match(said) and said not in _UNKNOWN else ""
