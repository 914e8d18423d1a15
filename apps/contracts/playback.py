"""What `playback` announces."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from apps.contracts.fact import PersonFact


class PlaybackFact(PersonFact):
    """A fact about one playback session."""

    session_id: UUID
    video_id: UUID


class PlaybackStarted(PlaybackFact):
    """Somebody opened a playback session."""

    topic: ClassVar[str] = "playback.started"

    device: str


class PlaybackWatched(PlaybackFact):
    """A heartbeat told how far the viewer is."""

    topic: ClassVar[str] = "playback.watched"

    position_seconds: float
    profile_id: UUID | None = None
    at: datetime | None = None


class PlaybackEnded(PlaybackFact):
    """A playback session ended."""

    topic: ClassVar[str] = "playback.ended"

    position_seconds: float


class PlaybackErased(PersonFact):
    """What playback knew of somebody who closed their account is gone."""

    topic: ClassVar[str] = "playback.erased"
