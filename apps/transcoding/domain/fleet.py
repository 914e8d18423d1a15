"""The fleet of workers that a scheduler runs for us: a fixed number of places, filled by demand."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from uuid import UUID

from apps.kit.clock import NewId


@dataclass(frozen=True)
class Place:
    """One place for a worker; the token makes asking twice for the same worker harmless."""

    number: int
    token: UUID | None = None
    worker: str | None = None

    @property
    def taken(self) -> bool:
        """Whether a worker was asked for and has not been seen to end."""
        return self.token is not None

    @property
    def asked(self) -> bool:
        """Whether a worker is wanted, but the scheduler's answer is not written down yet."""
        return self.token is not None and self.worker is None

    def wanted(self, token: UUID) -> "Place":
        """The place with a worker to ask for."""
        return replace(self, token=token, worker=None)

    def filled(self, worker: str) -> "Place":
        """The place with the worker that the scheduler answered."""
        return replace(self, worker=worker)

    def freed(self) -> "Place":
        """The place after its worker ended."""
        return replace(self, token=None, worker=None)


@dataclass(frozen=True)
class FleetSize:
    """How many workers there are: some always, so that a film starts at once; never more than most."""

    warm: int
    most: int

    def wanted(self, demand: int) -> int:
        """The workers for a number of steps that run or could run."""
        return min(self.most, max(self.warm, demand))


def settled(
    places: Sequence[Place], ended: Set[str], wanted: int, new_id: NewId
) -> Sequence[Place]:
    """The places as they should be: those of ended workers free, and as many taken as are wanted.

    A worker too many is left alone: it ends by itself when it finds nothing to do.
    """
    now = [place.freed() if place.worker in ended else place for place in places]
    missing = wanted - sum(place.taken for place in now)
    free = [place.number for place in now if not place.taken][: max(0, missing)]
    return [place.wanted(new_id()) if place.number in free else place for place in now]
