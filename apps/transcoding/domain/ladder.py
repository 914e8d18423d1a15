"""The ladder: which renditions a master gets, never larger than itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# The box that a rung fits into -> kbit/s at most. Encoding is by constant quality under that cap.
BOXES = {(426, 240): 440, (640, 360): 875, (854, 480): 1500, (1280, 720): 3500, (1920, 1080): 6250}
HD_FROM = 720
# A source only this much larger than the rung below adds nothing.
WORTH = 1.1


@dataclass(frozen=True)
class Rung:
    """One rendition to encode."""

    name: str
    width: int
    height: int
    maxrate_kbit: int

    @property
    def label(self) -> Literal["SD", "HD"]:
        """Which content key protects it."""
        return "HD" if min(self.width, self.height) >= HD_FROM else "SD"


def ladder(width: int, height: int) -> Sequence[Rung]:
    """Rungs from 240p up to the source's size, at most 1080p, smallest first; sides are even."""
    rungs: list[Rung] = []
    for (long, short), rate in BOXES.items():
        box = (long, short) if width >= height else (short, long)
        scale = min(box[0] / width, box[1] / height)
        if scale < 1:
            rungs.append(_rung(width * scale, height * scale, rate))
            continue
        if not rungs or width >= WORTH * rungs[-1].width:
            rungs.append(_rung(width, height, rate))
        break
    return rungs


def _rung(width: float, height: float, rate: int) -> Rung:
    even = (max(2, round(width / 2) * 2), max(2, round(height / 2) * 2))
    return Rung(f"{min(even)}p", *even, maxrate_kbit=rate)
