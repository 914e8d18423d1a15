"""What the ladder costs by itself: one ffmpeg from one decode, and Shaka Streamer."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from apps.transcoding.domain.graph import Cut
from apps.transcoding.domain.ladder import ladder
from apps.transcoding.media.encoder import chunk_command
from apps.transcoding.media.probe import probe
from apps.transcoding.media.sandbox import FFMPEG, TOOLS


def one_ffmpeg(film: Path) -> tuple[float, float]:
    """Wall seconds and CPU seconds of one ffmpeg that makes the same rungs of the whole film."""
    media, _ = probe(film, lambda: True)
    rungs = ladder(media.width, media.height)
    with tempfile.TemporaryDirectory() as out:
        argv = chunk_command(media, Cut(0, 0.0, None), rungs)
        argv[0] = str(TOOLS / Path(FFMPEG).name)
        replaced = [
            each.replace("/in/input", str(film)).replace("/out/", f"{out}/") for each in argv
        ]
        return _timed(replaced)


def shaka_streamer(film: Path) -> float:
    """Wall seconds of Shaka Streamer for the same rungs at its defaults, cbcs."""
    media, _ = probe(film, lambda: True)
    resolutions = [rung.name for rung in ladder(media.width, media.height)]
    inputs = [{"name": str(film), "media_type": kind} for kind in ("video", "audio")]
    pipeline = {
        "streaming_mode": "vod",
        "resolutions": resolutions,
        "audio_codecs": ["aac"],
        "video_codecs": ["h264"],
        "manifest_format": ["dash", "hls"],
        "encryption": {
            "enable": True,
            "encryption_mode": "raw",
            "protection_scheme": "cbcs",
            "clear_lead": 0,
            "keys": [{"key_id": "a0" * 16, "key": "b0" * 16}],
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("input", {"inputs": inputs}), ("pipeline", pipeline)):
            (Path(folder) / f"{name}.yaml").write_text(yaml.safe_dump(content))
        program = str(Path(sys.executable).parent / "shaka-streamer")
        wall, _ = _timed([
            *(program, "-i", f"{folder}/input.yaml", "-p", f"{folder}/pipeline.yaml"),
            *("-o", f"{folder}/out"),
        ])  # fmt: skip
        return wall


def _timed(argv: list[str]) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    environment = {**os.environ, "PATH": f"{TOOLS}:{os.environ['PATH']}"}
    subprocess.run(
        argv, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used
