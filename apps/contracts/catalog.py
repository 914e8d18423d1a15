"""What `catalog` announces."""

from typing import ClassVar
from uuid import UUID

from apps.contracts.fact import Fact
from apps.contracts.videos import Metadata


class TitleFact(Fact):
    """A fact about one title; its id is its video's."""

    title_id: UUID


class TitlePublished(TitleFact):
    """Viewers can find the title and play it."""

    topic: ClassVar[str] = "catalog.title_published"

    metadata: Metadata
    duration_seconds: float
    poster: str | None = None


class TitleWithdrawn(TitleFact):
    """Viewers can no longer find the title."""

    topic: ClassVar[str] = "catalog.title_withdrawn"
