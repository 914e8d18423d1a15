"""Figures beside their goals."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.local.progress import say


@dataclass(frozen=True)
class Figure:
    """One figure and its goal, which it should not exceed."""

    name: str
    value: float
    goal: float
    unit: str


class Figures:
    """What was measured, in order."""

    def __init__(self) -> None:
        self._figures: list[Figure] = []

    def note(self, name: str, value: float, goal: float, unit: str) -> None:
        """Keep and print a figure."""
        self._figures.append(Figure(name, round(value, 3), goal, unit))
        mark = "ok  " if value <= goal else "OVER"
        say(f"{mark} {name:<66} {value:9.2f} {unit:<4} goal {goal:g}")

    def missed(self) -> bool:
        """Whether a goal was missed."""
        return any(each.value > each.goal for each in self._figures)

    def write(self, path: Path) -> None:
        """Write the figures as JSON."""
        path.write_text(json.dumps([asdict(each) for each in self._figures], indent=2) + "\n")
