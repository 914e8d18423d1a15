"""What edge hears."""

from collections.abc import Sequence

from apps.contracts.videos import VideoDeleted
from apps.edge.service import Edge
from apps.kit.entrypoints import Subscription, hear


def subscriptions(edge: Edge) -> Sequence[Subscription]:
    """Topic to use case."""
    return (hear(VideoDeleted, edge.purge),)
