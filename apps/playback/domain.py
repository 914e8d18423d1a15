"""Assets, entitlements, sessions, leases and licences."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NewType
from uuid import UUID

from apps.contracts.transcoding import Package, Rewrap, WrappedKey
from apps.kit.errors import ForbiddenError, NotFoundError, TooManyError, UnauthorizedError

VideoId = NewType("VideoId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)

HEARTBEAT_SECONDS = 30
LEASE_SECONDS = 90
DELIVERY_LIFE = timedelta(minutes=10)
LICENCE_LIFE = timedelta(minutes=5)
HD_LINES = 720


class NotPlayableError(NotFoundError):
    """No such video, or none that can be played."""

    type = "not-playable"
    title = "This cannot be played"


class NotEntitledError(ForbiddenError):
    """The account's plan does not cover this."""

    type = "not-entitled"
    title = "Your plan does not cover this"


class SessionNotFoundError(NotFoundError):
    """No such playback session, or somebody else's, or it has ended."""

    type = "session-not-found"


class TooManyStreamsError(TooManyError):
    """As many devices play as the plan allows; the refusal names them."""

    type = "too-many-streams"
    title = "Too many devices are playing"


class LicenceRefusedError(ForbiddenError):
    """The session or its lease has ended, or the keys are for something else."""

    type = "licence-refused"
    title = "No licence"


class PlaybackTokenError(UnauthorizedError):
    """The playback token is forged, expired or for something else."""

    type = "playback-token"


@dataclass(frozen=True)
class Asset:
    """What playback keeps of a video: whether it may play, and its newest package."""

    video_id: VideoId
    package: Package | None = None
    media_sequence: int = 0
    published: bool = False
    published_sequence: int = 0
    min_age: int = 0
    countries: tuple[str, ...] = ()
    described_sequence: int = 0
    deleted: bool = False

    def packaged(self, package: Package, sequence: int) -> "Asset":
        """The asset with a newer package."""
        if sequence <= self.media_sequence:
            return self
        return replace(self, package=self._with_newest_keys(package), media_sequence=sequence)

    def publication(self, published: bool, sequence: int) -> "Asset":
        """The asset, shown or taken back."""
        if sequence <= self.published_sequence:
            return self
        return replace(self, published=published, published_sequence=sequence)

    def described(self, min_age: int, countries: tuple[str, ...], sequence: int) -> "Asset":
        """The asset as its studio describes it now."""
        if sequence <= self.described_sequence:
            return self
        return replace(self, min_age=min_age, countries=countries, described_sequence=sequence)

    def rejected(self, asset_version: int, sequence: int) -> "Asset":
        """The asset after a master came to nothing: its starter goes, an older version stays."""
        if sequence <= self.media_sequence:
            return self
        own = self.package is not None and self.package.asset_version == asset_version
        return replace(self, package=None if own else self.package, media_sequence=sequence)

    def gone(self) -> "Asset":
        """The asset after its video was deleted: no package, no keys, for good."""
        return replace(self, deleted=True, package=None, published=False)

    def rewrapped(self, rewrap: Rewrap) -> "Asset":
        """The asset with its keys under the newest wrapping key."""
        return replace(self, package=self.package.rewrapped(rewrap)) if self.package else self

    def _with_newest_keys(self, package: Package) -> Package:
        """A fact may be older than a rotation: what was wrapped anew since then stays."""
        held = {key.key_id: key for key in self.package.keys} if self.package else {}
        keys = (max(key, held.get(key.key_id, key), key=_version) for key in package.keys)
        return package.model_copy(update={"keys": tuple(keys)})

    def playable(self, max_age: int | None = None) -> Package:
        """The package to play; NotPlayableError if there is none, or none for this age, in years."""
        shown = self.published and not self.deleted
        if not shown or self.package is None or not self.admits(max_age):
            raise NotPlayableError(f"video {self.video_id} cannot be played")
        return self.package

    def admits(self, max_age: int | None) -> bool:
        """Whether it is rated for at most this age, in years."""
        return max_age is None or self.min_age <= max_age


def _version(key: WrappedKey) -> int:
    return key.key_version


@dataclass(frozen=True)
class Plan:
    """What an account may do: streams at once, and lines of picture."""

    name: str
    streams: int
    height: int


PLANS = {plan.name: plan for plan in (Plan("sd", 1, 480), Plan("hd", 2, 1080))}
# Where a grant comes from; a later source never loses to an earlier one.
SOURCES = ("default", "operator", "billing", "erased")


@dataclass(frozen=True)
class Entitlement:
    """An account's plan and who granted it."""

    user_id: UserId
    plan: Plan
    source: str = "default"

    def granted(self, plan: Plan, source: str) -> "Entitlement":
        """The entitlement after another grant; a default changes nothing that was granted since."""
        if SOURCES.index(source) < SOURCES.index(self.source):
            return self
        return replace(self, plan=plan, source=source)


@dataclass(frozen=True)
class Viewer:
    """Who asks: an account, the profile of its household that acts, and the age that limits it, in years."""

    user_id: UserId
    profile_id: UUID | None = None
    max_age: int | None = None


@dataclass(frozen=True)
class PlaybackSession:
    """One viewer watching one package on one device; it keeps the package it started with."""

    id: SessionId
    user_id: UserId
    video_id: VideoId
    package: Package
    plan: Plan
    device: str
    started_at: datetime
    profile_id: UUID | None = None
    position_seconds: float = 0.0
    heartbeats: int = 0
    ended_at: datetime | None = None

    def at(self, position_seconds: float) -> "PlaybackSession":
        """The session after a heartbeat."""
        return replace(self, position_seconds=position_seconds, heartbeats=self.heartbeats + 1)

    def ended(self, now: datetime) -> "PlaybackSession":
        """The session, over: its keys are forgotten."""
        without = self.package.model_copy(update={"keys": ()})
        return replace(self, ended_at=now, package=without)

    def rewrapped(self, rewrap: Rewrap) -> "PlaybackSession":
        """The session with its keys under the newest wrapping key."""
        return replace(self, package=self.package.rewrapped(rewrap))

    def licensed(self) -> Sequence[WrappedKey]:
        """The keys that the plan covers: without HD, players restrict themselves to SD."""
        high = self.plan.height >= HD_LINES
        return [key for key in self.package.keys if high or key.label != "HD"]


@dataclass(frozen=True)
class Stream:
    """A device that is playing."""

    session_id: SessionId
    device: str


@dataclass(frozen=True)
class Taken:
    """Whether a lease was given, and which devices hold one."""

    given: bool
    streams: Sequence[Stream] = field(default=())


@dataclass(frozen=True)
class Ticket:
    """What a player needs: where to fetch, where to ask for a licence, and for how long."""

    session: PlaybackSession
    delivery_token: str
    delivery_expires_at: datetime
    licence_token: str


@dataclass(frozen=True)
class ContentKey:
    """A key in the clear, on its way into one licence."""

    key_id: UUID
    key: bytes
