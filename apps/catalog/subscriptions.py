"""What catalog hears."""

from collections.abc import Sequence

from apps.catalog.service import Catalog
from apps.contracts.transcoding import TranscodingCompleted, TranscodingFailed, TranscodingPlayable
from apps.contracts.videos import (
    MetadataChanged,
    VideoCreated,
    VideoDeleted,
    VideoPublished,
    VideoUnpublished,
)
from apps.kit.entrypoints import Subscription, hear


def subscriptions(catalog: Catalog) -> Sequence[Subscription]:
    """Topic to use case."""
    return (
        hear(VideoCreated, catalog.describe),
        hear(MetadataChanged, catalog.describe),
        hear(VideoPublished, catalog.publish),
        hear(VideoUnpublished, catalog.unpublish),
        hear(VideoDeleted, catalog.delete),
        hear(TranscodingPlayable, catalog.package),
        hear(TranscodingCompleted, catalog.package),
        hear(TranscodingFailed, catalog.reject),
    )
