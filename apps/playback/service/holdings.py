"""What may play, for whom: playback's own copy of assets and entitlements, kept by facts."""

from collections.abc import Callable
from uuid import UUID

from apps.contracts.auth import UserDeleted, UserRegistered
from apps.contracts.playback import PlaybackEnded, PlaybackErased
from apps.contracts.transcoding import TranscodingCompleted, TranscodingFailed, TranscodingPlayable
from apps.contracts.videos import (
    MetadataChanged,
    VideoCreated,
    VideoDeleted,
    VideoPublished,
    VideoUnpublished,
)
from apps.kit.clock import Clock
from apps.playback.domain import Asset, Entitlement, Plan, UserId, VideoId
from apps.playback.ports import Leases, OpenWork


class Holdings:
    """Hears what other services say about videos and accounts."""

    def __init__(
        self, open_work: OpenWork, leases: Leases, default_plan: Plan, *, clock: Clock
    ) -> None:
        self._open_work = open_work
        self._leases = leases
        self._default_plan = default_plan
        self._clock = clock

    def package(self, fact: TranscodingPlayable | TranscodingCompleted) -> None:
        """A video can be played, or better than before; sessions that run keep what they have."""
        self._change(fact.video_id, lambda asset: asset.packaged(fact.package, fact.sequence))

    def reject(self, fact: TranscodingFailed) -> None:
        """A master came to nothing."""
        self._change(fact.video_id, lambda asset: asset.rejected(fact.asset_version, fact.sequence))

    def describe(self, fact: VideoCreated | MetadataChanged) -> None:
        """A studio says who may see a video."""
        said = fact.metadata
        self._change(
            fact.video_id,
            lambda asset: asset.described(said.min_age, said.countries, fact.sequence),
        )

    def publish(self, fact: VideoPublished) -> None:
        """A studio shows a video."""
        self._change(fact.video_id, lambda asset: asset.publication(True, fact.sequence))

    def unpublish(self, fact: VideoUnpublished) -> None:
        """A studio takes a video back; nobody starts it any more."""
        self._change(fact.video_id, lambda asset: asset.publication(False, fact.sequence))

    def delete(self, fact: VideoDeleted) -> None:
        """A video is gone: its keys are forgotten and its sessions end."""
        now = self._clock()
        with self._open_work() as work:
            work.assets.save(work.assets.lock(VideoId(fact.video_id)).gone())
            ended = work.sessions.of_video(VideoId(fact.video_id))
            for session in ended:
                work.sessions.save(session.ended(now))
                work.announce(
                    PlaybackEnded(
                        sequence=session.heartbeats + 2,
                        user_id=session.user_id,
                        session_id=session.id,
                        video_id=session.video_id,
                        position_seconds=session.position_seconds,
                    )
                )
        for session in ended:
            self._leases.release(session.user_id, session.id)

    def register(self, fact: UserRegistered) -> None:
        """Somebody has an account: until billing says otherwise, it gets the default plan."""
        self.grant(UserId(fact.user_id), self._default_plan, "default")

    def erase(self, fact: UserDeleted) -> None:
        """Somebody closed their account: their sessions are forgotten, and no later fact brings them back."""
        user_id = UserId(fact.user_id)
        with self._open_work() as work:
            gone = work.entitlements.find(user_id) or Entitlement(user_id, self._default_plan)
            work.entitlements.save(gone.granted(self._default_plan, "erased"))
            sessions = work.sessions.delete_of(user_id)
            work.announce(PlaybackErased(sequence=fact.sequence, user_id=fact.user_id))
        for session_id in sessions:
            self._leases.release(user_id, session_id)

    def grant(self, user_id: UserId, plan: Plan, source: str) -> Entitlement:
        """Give an account a plan."""
        with self._open_work() as work:
            held = work.entitlements.find(user_id) or Entitlement(user_id, plan, source)
            granted = held.granted(plan, source)
            work.entitlements.save(granted)
        return granted

    def _change(self, video_id: UUID, change: Callable[[Asset], Asset]) -> None:
        with self._open_work() as work:
            asset = work.assets.lock(VideoId(video_id))
            work.assets.save(change(asset))
