"""What transcoding hears."""

from collections.abc import Sequence

from apps.contracts.videos import VideoDeleted, VideoUploaded
from apps.kit.entrypoints import Subscription, hear
from apps.transcoding.service.jobs import TranscodingJobs


def subscriptions(jobs: TranscodingJobs) -> Sequence[Subscription]:
    """Topic to use case."""
    return (hear(VideoUploaded, jobs.begin), hear(VideoDeleted, jobs.forget))
