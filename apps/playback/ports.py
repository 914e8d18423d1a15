"""What playback needs from outside."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from apps.contracts.delivery import DeliveryGrant
from apps.contracts.fact import Fact
from apps.kit.work import IdempotencyKey
from apps.playback.domain import (
    Asset,
    ContentKey,
    Entitlement,
    PlaybackSession,
    SessionId,
    Taken,
    UserId,
    VideoId,
)


class Assets(Protocol):
    """Playback's copy of all videos."""

    def lock(self, video_id: VideoId) -> Asset:
        """The asset, held until the transaction ends; an empty one if nothing is known of it."""
        ...

    def get(self, video_id: VideoId) -> Asset:
        """The asset; NotPlayableError if nothing is known of it."""
        ...

    def save(self, asset: Asset) -> None:
        """Keep a changed asset."""
        ...

    def lock_after(self, video_id: VideoId | None, count: int) -> Sequence[Asset]:
        """Assets of greater ids, in their order, held until the transaction ends."""
        ...


class Entitlements(Protocol):
    """Playback's copy of all plans."""

    def find(self, user_id: UserId) -> Entitlement | None:
        """What an account may do."""
        ...

    def save(self, entitlement: Entitlement) -> None:
        """Keep a new or changed entitlement."""
        ...


class Sessions(Protocol):
    """All playback sessions."""

    def save(self, session: PlaybackSession) -> None:
        """Keep a new or changed session."""
        ...

    def get(self, session_id: SessionId) -> PlaybackSession:
        """A session that has not ended; SessionNotFoundError if there is none."""
        ...

    def of_video(self, video_id: VideoId) -> Sequence[PlaybackSession]:
        """The sessions of a video that have not ended."""
        ...

    def delete_of(self, user_id: UserId) -> Sequence[SessionId]:
        """Forget all sessions of an account; their ids."""
        ...

    def lock_after(self, session_id: SessionId | None, count: int) -> Sequence[PlaybackSession]:
        """Sessions of greater ids that have not ended, held until the transaction ends."""
        ...


class PlaybackWork(Protocol):
    """One transaction."""

    @property
    def assets(self) -> Assets:
        """Playback's copy of all videos."""
        ...

    @property
    def entitlements(self) -> Entitlements:
        """Playback's copy of all plans."""
        ...

    @property
    def sessions(self) -> Sessions:
        """All playback sessions."""
        ...

    def announce(self, fact: Fact) -> None:
        """Let a fact leave with this transaction."""
        ...

    def remembered(self, key: IdempotencyKey | None) -> str | None:
        """The resource an earlier attempt made under this key."""
        ...

    def remember(self, key: IdempotencyKey | None, resource: object) -> None:
        """Keep what this attempt made under its key."""
        ...


OpenWork = Callable[[], AbstractContextManager[PlaybackWork]]


class Leases(Protocol):
    """Stream leases; UnavailableError when they cannot be decided."""

    def take(self, user_id: UserId, session_id: SessionId, device: str, limit: int) -> Taken:
        """A lease, unless `limit` other sessions of the account hold one."""
        ...

    def renew(self, user_id: UserId, session_id: SessionId) -> bool:
        """Hold a lease for longer; False when it has run out."""
        ...

    def held(self, user_id: UserId, session_id: SessionId) -> bool:
        """Whether the session holds a lease."""
        ...

    def release(self, user_id: UserId, session_id: SessionId) -> None:
        """Give a lease back."""
        ...


class DeliverySigner(Protocol):
    """Signs delivery tokens."""

    def sign(self, grant: DeliveryGrant) -> str:
        """The token of a grant."""
        ...


class PlaybackTokens(Protocol):
    """The tokens that players show for licences."""

    def issue(self, session: PlaybackSession, expires_at: datetime) -> str:
        """A token for one session's licences."""
        ...

    def read(self, token: str) -> tuple[UserId, SessionId]:
        """Whose session it is for; PlaybackTokenError if it is not good."""
        ...


class LicenceBackend(Protocol):
    """One DRM system: reads its request and answers in its own bytes.

    ClearKey is here; Widevine, PlayReady and FairPlay follow as further adapters.
    """

    media_type: str

    def answer(self, challenge: bytes, keys: Sequence[ContentKey]) -> bytes:
        """The licence for what a player asks, out of the keys it may have."""
        ...
