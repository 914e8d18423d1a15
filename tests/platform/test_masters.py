"""Masters of every kind become packages; bad ones are refused with a code, and the worker lives."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from apps.transcoding.media.manifests import DASH
from apps.transcoding.media.sandbox import FFPROBE, sandboxed
from scripts.clients.studio import Master
from tests.platform.films import FFMPEG, X264, ffmpeg, film, picture, tone
from tests.platform.stage import Stage

pytestmark = pytest.mark.platform

Make = Callable[[Path], Path]


def rotated(folder: Path) -> Path:
    plain = film(folder / "plain.mp4", size="320x180", seconds=4)
    ffmpeg("-display_rotation", "90", "-i", str(plain), "-c", "copy", str(folder / "rotated.mp4"))
    return folder / "rotated.mp4"


def variable_rate(folder: Path) -> Path:
    drop = "select='not(mod(n,3))+lt(n,40)'"
    more = ("-vf", drop, "-fps_mode", "vfr")
    return film(folder / "vfr.mkv", seconds=5, more=more)


def ten_bit(folder: Path) -> Path:
    path = folder / "ten.mkv"
    ffmpeg(*picture(), "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le",
           "-x265-params", "log-level=none", str(path))  # fmt: skip
    return path


def interlaced(folder: Path) -> Path:
    path = folder / "interlaced.ts"
    ffmpeg(*picture(rate="50"), *tone(), "-vf", "interlace", "-c:v", "libx264", "-flags",
           "+ilme+ildct", "-pix_fmt", "yuv420p", "-c:a", "mp2", str(path))  # fmt: skip
    return path


def surround_and_languages(folder: Path) -> Path:
    text = folder / "words.srt"
    text.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello <b>there</b>\n")
    path = folder / "many.mkv"
    ffmpeg(*picture(), *tone(), *tone(pitch=660), "-i", str(text), "-map", "0:v", "-map", "1:a",
           "-map", "2:a", "-map", "3:s", *X264, "-c:a", "aac", "-ac:a:0", "6", "-c:s", "srt",
           "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra",
           "-metadata:s:s:0", "language=eng", str(path))  # fmt: skip
    return path


def silent(folder: Path) -> Path:
    ffmpeg(*picture(seconds=3), *X264, str(folder / "silent.mp4"))
    return folder / "silent.mp4"


GOOD: dict[str, tuple[Make, dict[str, Any]]] = {
    "landscape": (
        lambda f: film(f / "a.mp4", size="854x480", seconds=5),
        {"sizes": [(426, 240), (640, 360), (854, 480)]},
    ),
    "portrait": (lambda f: film(f / "p.mp4", size="360x640"), {"sizes": [(240, 426), (360, 640)]}),
    "rotated": (rotated, {"sizes": [(180, 320)]}),
    "variable rate": (variable_rate, {"sizes": [(320, 240)]}),
    "ten bit": (ten_bit, {"audio": 0}),
    "interlaced": (interlaced, {"audio": 1}),
    "5.1, languages, subtitles": (surround_and_languages, {"audio": 2, "text": 1}),
    "no audio": (silent, {"audio": 0}),
    "film rate": (lambda f: film(f / "n.mp4", rate="24000/1001", seconds=30), {"audio": 1}),
    "fast": (lambda f: film(f / "fast.mp4", rate="60", seconds=3), {"audio": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_good_master_becomes_a_package(stage: Stage, tmp_path: Path, name: str) -> None:
    make, expected = GOOD[name]
    video = stage.upload(make(tmp_path), name)

    job = stage.ended(video)["job"]

    assert job["state"] == "completed", job
    ticket = stage.until(
        lambda: (t := stage.session(video)) and "p1/" in t["manifests"]["dash"] and t
    )
    manifest = ElementTree.fromstring(httpx.get(ticket["manifests"]["dash"]).text)
    sets = manifest.findall(f".//{{{DASH}}}AdaptationSet")
    kinds = [one.get("contentType") for one in sets]
    if "audio" in expected:
        assert kinds.count("audio") == expected["audio"]
    assert kinds.count("text") == expected.get("text", 0)
    if "sizes" in expected:
        sizes = [(each["width"], each["height"]) for each in job["renditions"]]
        assert sizes == expected["sizes"]
    hls = httpx.get(ticket["manifests"]["hls"]).text
    assert hls.count("#EXT-X-STREAM-INF") >= len(job["renditions"])


def playlist(folder: Path) -> Path:
    path = folder / "list.mp4"
    path.write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    )
    return path


def self_reference(folder: Path) -> Path:
    path = folder / "self.mp4"
    path.write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ninput\n")
    return path


def ffconcat(folder: Path) -> Path:
    path = folder / "concat.mp4"
    path.write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    return path


def truncated(folder: Path) -> Path:
    whole = film(folder / "whole.mp4", seconds=20, more=("-movflags", "+faststart"))
    path = folder / "cut.mp4"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return path


def many_streams(folder: Path) -> Path:
    path = folder / "streams.mkv"
    maps = [part for _ in range(40) for part in ("-map", "1:a")]
    ffmpeg(*picture(seconds=1), *tone(1), "-map", "0:v", *maps, *X264, "-c:a", "aac", str(path))
    return path


def hundred_megapixels(folder: Path) -> Path:
    path = folder / "big.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=size=10000x10000:rate=1:duration=1", *X264, str(path))
    return path


def gap(folder: Path) -> Path:
    """Two frames, a day apart: a decoder that fills the gap makes millions."""
    path = folder / "gap.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=1:duration=2", "-vf",
           "setpts=N*40000/TB", "-fps_mode", "passthrough", *X264, str(path))  # fmt: skip
    return path


def hdr(folder: Path) -> Path:
    path = folder / "hdr.mkv"
    colours = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=none"
    ffmpeg(*picture(seconds=1), "-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params",
           colours, "-color_trc", "smpte2084", str(path))  # fmt: skip
    return path


def only_sound(folder: Path) -> Path:
    ffmpeg(*tone(2), "-c:a", "aac", str(folder / "sound.mp4"))
    return folder / "sound.mp4"


def written(name: str, data: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


BAD: dict[str, tuple[Make, set[str]]] = {
    "empty": (written("empty.mp4", b""), {"source_empty"}),
    "text": (written("text.mp4", b"<html>not a film</html>" * 100), {"source_unreadable"}),
    "playlist": (playlist, {"source_unreadable", "source_format"}),
    "playlist of itself": (self_reference, {"source_unreadable", "source_format"}),
    "ffconcat": (ffconcat, {"source_unreadable", "source_format"}),
    "truncated": (truncated, {"source_truncated", "source_damaged"}),
    "40 streams": (many_streams, {"source_streams"}),
    "100 Mpx": (hundred_megapixels, {"source_pixels", "source_unreadable"}),
    "decoder bomb": (gap, {"source_gaps"}),
    "HDR": (hdr, {"source_hdr"}),
    "sound only": (only_sound, {"source_no_video"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_master_is_refused_with_a_code(stage: Stage, tmp_path: Path, name: str) -> None:
    make, codes = BAD[name]
    video = stage.upload(make(tmp_path), name)

    job = stage.ended(video, 60)["job"]

    assert job["state"] == "rejected", job
    assert job["code"] in codes
    assert len(job["reason"]) > 10
    assert stage.until(
        lambda: stage.studio.session.call("GET", f"/videos/{video}")["code"] == job["code"]
    )


def test_a_file_that_is_not_the_declared_one_is_refused(stage: Stage, tmp_path: Path) -> None:
    """The parts are as declared, the whole is not: only its own hash can tell."""
    honest = Master.read(film(tmp_path / "film.mp4", seconds=1))
    lying = Master(honest.path, honest.size_bytes, "0" * 64, honest.part_bytes, honest.part_md5s)
    video = stage.studio.create({"title": "lying"})["id"]
    upload = stage.studio.begin_upload(video, lying)["id"]
    stage.studio.send(upload, lying)
    stage.studio.complete(upload)

    job = stage.ended(video)["job"]

    assert (job["state"], job["code"]) == ("rejected", "source_corrupt")


def test_the_sandbox_sees_one_file_and_no_network(stage: Stage, tmp_path: Path) -> None:
    """What ffmpeg could reach inside: the file it is given, and nothing else of this machine."""
    path = film(tmp_path / "film.mp4", seconds=1)
    for reach in (
        "/etc/passwd",
        str(tmp_path / "film.mp4"),
        "http://127.0.0.1:38080/",
        "/proc/1/environ",
    ):
        ran = sandboxed(
            [FFPROBE, "-v", "error", "-f", "mov", reach], input=path, out=None, seconds=20
        )
        assert ran.code != 0, reach
    assert subprocess.run([FFMPEG, "-version"], capture_output=True, check=False).returncode == 0
