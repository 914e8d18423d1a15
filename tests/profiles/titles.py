"""Titles of every rating in several countries' systems, as catalog announces them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from apps.contracts.catalog import TitlePublished
from apps.contracts.videos import Metadata, Rating
from tests.flows.world import World

# One board's verdicts each, with the age that they stand for.
RATINGS: Sequence[tuple[str, str, int]] = (
    ("FSK", "0", 0), ("FSK", "6", 6), ("FSK", "12", 12), ("FSK", "16", 16), ("FSK", "18", 18),
    ("MPAA", "G", 0), ("MPAA", "PG-13", 13), ("MPAA", "NC-17", 18),
    ("BBFC", "U", 0), ("BBFC", "15", 15), ("EIRIN", "R15+", 15), ("CNC", "-12", 12),
)  # fmt: skip


def publish(world: World, name: str, *, kind: str = "film", min_age: int = 0, **more: Any) -> str:
    """A title that profiles has heard of; its id."""
    title = uuid4()
    rating = Rating(system="FSK", value=str(min_age), min_age=min_age)
    metadata = Metadata(title=name, kind=kind, ratings=(rating,))
    fact = TitlePublished(
        sequence=more.pop("sequence", 1), title_id=title, metadata=metadata,
        duration_seconds=more.pop("duration_seconds", 1000.0),
    )  # fmt: skip
    tell(world, fact.topic, fact.model_dump(mode="json"))
    return str(title)


def tell(world: World, topic: str, data: Mapping[str, object]) -> None:
    """Announce a fact as its owner would."""
    world.mesh.publish(topic, data, event_id=uuid4(), trace=None)


def watched(
    world: World,
    user_id: UUID,
    title: str,
    seconds: float,
    *,
    profile: str | None = None,
    **at: Any,
) -> None:
    """A player's heartbeat, as playback announces it."""
    data = {
        "sequence": 2, "user_id": str(user_id), "session_id": str(uuid4()), "video_id": title,
        "position_seconds": seconds, "profile_id": profile, **at,
    }  # fmt: skip
    tell(world, "playback.watched", data)
