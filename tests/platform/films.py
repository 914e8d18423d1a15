"""Films made on the spot: small, and each with a trait of its own."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from apps.transcoding.media.sandbox import TOOLS

FFMPEG = str(TOOLS / "ffmpeg-linux-x64")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def ffmpeg(*arguments: str) -> None:
    """Run ffmpeg on trusted input of our own."""
    subprocess.run([FFMPEG, "-nostdin", "-v", "error", "-y", *arguments], check=True, timeout=120)


def picture(size: str = "320x240", rate: str = "24", seconds: float = 6) -> list[str]:
    """A test picture that moves."""
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}"]


def tone(seconds: float = 6, pitch: int = 440) -> list[str]:
    """A sine."""
    return ["-f", "lavfi", "-i", f"sine=frequency={pitch}:duration={seconds}:sample_rate=48000"]


def film(
    path: Path,
    *,
    size: str = "320x240",
    rate: str = "24",
    seconds: float = 6,
    more: Sequence[str] = (),
) -> Path:
    """A film with a picture and a tone."""
    sound = ("-c:a", "aac", "-shortest")
    ffmpeg(*picture(size, rate, seconds), *tone(seconds), *X264, *sound, *more, str(path))
    return path
