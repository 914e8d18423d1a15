"""Opening, describing, publishing and deleting videos."""

from collections.abc import Callable
from uuid import UUID

from apps.contracts.transcoding import TranscodingCompleted, TranscodingFailed, TranscodingPlayable
from apps.contracts.videos import (
    Metadata,
    MetadataChanged,
    VideoCreated,
    VideoDeleted,
    VideoPublished,
    VideoUnpublished,
)
from apps.kit.clock import Clock, NewId
from apps.kit.pages import Page, cut, decode
from apps.kit.work import IdempotencyKey
from apps.videos.domain import OwnerId, UploadState, Video, VideoId, VideoNotFoundError, VideoState
from apps.videos.ports import Masters, OpenWork


class VideoLibrary:
    """A studio's shelf."""

    def __init__(
        self, open_work: OpenWork, masters: Masters, *, clock: Clock, new_id: NewId
    ) -> None:
        self._open_work = open_work
        self._masters = masters
        self._clock = clock
        self._new_id = new_id

    def create(
        self, owner: OwnerId, metadata: Metadata, *, publish: bool, key: IdempotencyKey | None
    ) -> Video:
        """Open a video; the same key again gives the same video."""
        with self._open_work() as work:
            made = work.remembered(key)
            if made is not None:
                return work.videos.get(VideoId(UUID(made)))
            video = Video(
                id=VideoId(self._new_id()),
                owner_id=owner,
                metadata=metadata,
                state=VideoState.DRAFT,
                published=False,
                sequence=1,
                created_at=self._clock(),
            )
            work.announce(
                VideoCreated(
                    sequence=1,
                    video_id=video.id,
                    owner_id=owner,
                    metadata=metadata,
                    created_at=video.created_at,
                )
            )
            if publish:
                video = video.publication(True)
                work.announce(VideoPublished(sequence=video.sequence, video_id=video.id))
            work.videos.save(video)
            work.remember(key, video.id)
        return video

    def get(self, owner: OwnerId, video_id: VideoId) -> Video:
        """A studio's own video; another's is not found."""
        with self._open_work() as work:
            return _own(work.videos.get(video_id), owner)

    def list(self, owner: OwnerId, cursor: str | None, limit: int) -> Page[Video]:
        """A studio's videos, newest first."""
        with self._open_work() as work:
            rows = work.videos.owned(owner, decode(cursor), limit + 1)
        return cut(rows, limit, lambda video: str(video.id))

    def describe(self, owner: OwnerId, video_id: VideoId, metadata: Metadata) -> Video:
        """Say something else about a video."""
        with self._open_work() as work:
            video = _own(work.videos.get(video_id), owner).described(metadata)
            work.videos.save(video)
            work.announce(
                MetadataChanged(
                    sequence=video.sequence, video_id=video_id, owner_id=owner, metadata=metadata
                )
            )
        return video

    def publish(self, owner: OwnerId, video_id: VideoId) -> Video:
        """Let viewers see a video as soon as it can play."""
        return self._publication(owner, video_id, True, VideoPublished)

    def unpublish(self, owner: OwnerId, video_id: VideoId) -> Video:
        """Take a video back from viewers."""
        return self._publication(owner, video_id, False, VideoUnpublished)

    def delete(self, owner: OwnerId, video_id: VideoId) -> None:
        """Withdraw a video everywhere; its masters go at once, the rest as the fact is heard."""
        with self._open_work() as work:
            video = _own(work.videos.get(video_id), owner)
            uploads = work.uploads.of_video(video_id)
            for upload in uploads:
                if upload.state is UploadState.OPEN:
                    work.uploads.save(upload.ended(UploadState.ABORTED))
            gone = video.deleted()
            if gone is not video:
                work.videos.save(gone)
                work.announce(
                    VideoDeleted(
                        sequence=gone.sequence,
                        video_id=video_id,
                        asset_ids=tuple(upload.asset_id for upload in uploads),
                    )
                )
        # After the commit, and harmless to repeat: a delete that failed here is sent again.
        for upload in uploads:
            self._masters.abort(upload.key, upload.store_id)
            self._masters.delete(upload.key)

    def hear_playable(self, fact: TranscodingPlayable) -> None:
        """A starter plays."""
        self._heard(
            VideoId(fact.video_id),
            lambda video: video.heard(
                fact.package.asset_version, fact.sequence, VideoState.PLAYABLE
            ),
        )

    def hear_completed(self, fact: TranscodingCompleted) -> None:
        """The whole ladder is there."""
        self._heard(
            VideoId(fact.video_id),
            lambda video: video.heard(fact.package.asset_version, fact.sequence, VideoState.READY),
        )

    def hear_failed(self, fact: TranscodingFailed) -> None:
        """Nothing will come of the master."""
        rejected = fact.outcome == "rejected"
        state = VideoState.REJECTED if rejected else VideoState.FAILED
        self._heard(
            VideoId(fact.video_id),
            lambda video: video.heard(
                fact.asset_version, fact.sequence, state, code=fact.code, reason=fact.reason
            ),
        )

    def _publication(
        self,
        owner: OwnerId,
        video_id: VideoId,
        published: bool,
        fact: type[VideoPublished | VideoUnpublished],
    ) -> Video:
        with self._open_work() as work:
            video = _own(work.videos.get(video_id), owner)
            if video.published is not published:
                video = video.publication(published)
                work.videos.save(video)
                work.announce(fact(sequence=video.sequence, video_id=video_id))
        return video

    def _heard(self, video_id: VideoId, change: Callable[[Video], Video]) -> None:
        with self._open_work() as work:
            work.videos.save(change(work.videos.get(video_id)))


def _own(video: Video, owner: OwnerId) -> Video:
    if video.owner_id != owner or video.state is VideoState.DELETED:
        raise VideoNotFoundError(f"no video {video.id}")
    return video
