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
    """One rendition to encode; its label says which content key protects it."""

    name: str
    width: int
    height: int
    maxrate_kbit: int
    label: Literal["SD", "HD"]


def ladder(width: int, height: int) -> Sequence[Rung]:
    """Rungs from 240p up to the source's size, at most 1080p, smallest first; sides are even."""
    rungs: list[Rung] = []
    for (long, short), rate in BOXES.items():
        box = (long, short) if width >= height else (short, long)
        scale = min(box[0] / width, box[1] / height, 1.0)
        if scale < 1 or not rungs or width * height >= WORTH**2 * _area(rungs[-1]):
            even = _even(width * scale), _even(height * scale)
            label: Literal["SD", "HD"] = "HD" if short >= HD_FROM else "SD"
            rungs.append(Rung(_name(even, short, scale, rungs), *even, rate, label))
        if scale == 1:
            break
    return rungs


def _name(size: tuple[int, int], short: int, scale: float, before: Sequence[Rung]) -> str:
    """A rung is named after its box, and the source's own size after itself."""
    own = f"{min(size)}p"
    taken = {rung.name for rung in before}
    return own if scale == 1 and own not in taken else f"{short}p"


def _area(rung: Rung) -> int:
    return rung.width * rung.height


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)
