"""What videos hears."""

from collections.abc import Sequence

from apps.contracts.transcoding import TranscodingCompleted, TranscodingFailed, TranscodingPlayable
from apps.kit.entrypoints import Subscription, hear
from apps.videos.service.library import VideoLibrary


def subscriptions(library: VideoLibrary) -> Sequence[Subscription]:
    """Topic to use case."""
    return (
        hear(TranscodingPlayable, library.hear_playable),
        hear(TranscodingCompleted, library.hear_completed),
        hear(TranscodingFailed, library.hear_failed),
    )
