"""What playback hears."""

from collections.abc import Sequence

from apps.contracts.auth import UserDeleted, UserRegistered
from apps.contracts.transcoding import TranscodingCompleted, TranscodingFailed, TranscodingPlayable
from apps.contracts.videos import (
    MetadataChanged,
    VideoCreated,
    VideoDeleted,
    VideoPublished,
    VideoUnpublished,
)
from apps.kit.entrypoints import Subscription, hear
from apps.playback.service.holdings import Holdings


def subscriptions(holdings: Holdings) -> Sequence[Subscription]:
    """Topic to use case."""
    return (
        hear(UserRegistered, holdings.register),
        hear(UserDeleted, holdings.erase),
        hear(VideoCreated, holdings.describe),
        hear(MetadataChanged, holdings.describe),
        hear(VideoPublished, holdings.publish),
        hear(VideoUnpublished, holdings.unpublish),
        hear(VideoDeleted, holdings.delete),
        hear(TranscodingPlayable, holdings.package),
        hear(TranscodingCompleted, holdings.package),
        hear(TranscodingFailed, holdings.reject),
    )
