"""What profiles keeps of a title, so that lists can be shown and filtered without asking anybody."""

from dataclasses import dataclass, replace
from typing import NewType
from uuid import UUID

from apps.kit.errors import NotFoundError

TitleId = NewType("TitleId", UUID)


class TitleUnknownError(NotFoundError):
    """No such title, or none that this profile may see."""

    type = "title-not-found"


@dataclass(frozen=True)
class KnownTitle:
    """A title as catalog last announced it."""

    id: TitleId
    name: str = ""
    kind: str = "film"
    min_age: int = 0
    duration_seconds: float = 0.0
    poster: str | None = None
    shown: bool = False
    sequence: int = 0

    def published(self, now: "KnownTitle") -> "KnownTitle":
        """The title as it is shown now; an older fact changes nothing."""
        return replace(now, shown=True) if now.sequence > self.sequence else self

    def withdrawn(self, sequence: int) -> "KnownTitle":
        """The title, shown no more."""
        if sequence <= self.sequence:
            return self
        return replace(self, shown=False, sequence=sequence)
