"""Starting, holding and stopping playback, and handing out licences."""

from collections.abc import Mapping
from typing import TypedDict
from uuid import UUID

from apps.contracts.delivery import DeliveryGrant
from apps.contracts.playback import PlaybackEnded, PlaybackStarted, PlaybackWatched
from apps.kit.clock import Clock, NewId
from apps.kit.work import IdempotencyKey
from apps.kit.wrapping import KeyWrap
from apps.playback.domain import (
    DELIVERY_LIFE,
    LICENCE_LIFE,
    ContentKey,
    LicenceRefusedError,
    NotEntitledError,
    NotPlayableError,
    PlaybackSession,
    SessionId,
    SessionNotFoundError,
    Ticket,
    TooManyStreamsError,
    UserId,
    VideoId,
    Viewer,
)
from apps.playback.ports import (
    DeliverySigner,
    Leases,
    LicenceBackend,
    OpenWork,
    PlaybackTokens,
    PlaybackWork,
)


class _About(TypedDict):
    sequence: int
    user_id: UUID
    session_id: UUID
    video_id: UUID


class Streams:
    """What viewers' players talk to."""

    def __init__(
        self,
        open_work: OpenWork,
        leases: Leases,
        signer: DeliverySigner,
        tokens: PlaybackTokens,
        wrap: KeyWrap,
        backends: Mapping[str, LicenceBackend],
        *,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._open_work = open_work
        self._leases = leases
        self._signer = signer
        self._tokens = tokens
        self._wrap = wrap
        self._backends = backends
        self._clock = clock
        self._new_id = new_id

    def start(
        self, viewer: Viewer, video_id: VideoId, device: str, key: IdempotencyKey | None
    ) -> Ticket:
        """Open a session: entitled, and within the plan's number of streams.

        Raises NotPlayableError, NotEntitledError, TooManyStreamsError (with the devices that play),
        or UnavailableError while leases cannot be decided.
        """
        with self._open_work() as work:
            made = work.remembered(key)
            if made is not None:
                return self._ticket(work.sessions.get(SessionId(UUID(made))))
            package = work.assets.get(video_id).playable(viewer.max_age)
            entitlement = work.entitlements.find(viewer.user_id)
            if entitlement is None:
                raise NotEntitledError("this account has no plan")
            session = PlaybackSession(
                id=SessionId(self._new_id()),
                user_id=viewer.user_id,
                profile_id=viewer.profile_id,
                video_id=video_id,
                package=package,
                plan=entitlement.plan,
                device=device,
                started_at=self._clock(),
            )
            # A lease whose commit fails runs out by itself.
            self._take_lease(session)
            work.sessions.save(session)
            work.remember(key, session.id)
            work.announce(PlaybackStarted(**_about(session, 1), device=device))
        return self._ticket(session)

    def ticket(self, viewer: Viewer, video_id: VideoId, session_id: SessionId) -> Ticket:
        """A running session's addresses again, with fresh tokens."""
        with self._open_work() as work:
            session = _own(work.sessions.get(session_id), viewer.user_id)
            if session.video_id != video_id:
                raise SessionNotFoundError(f"no session {session_id} of video {video_id}")
            _check_age(work, session, viewer)
        self._hold(session)
        return self._ticket(session)

    def heartbeat(self, viewer: Viewer, session_id: SessionId, position_seconds: float) -> Ticket:
        """Hold the lease, note the position, and get fresh tokens."""
        with self._open_work() as work:
            session = _own(work.sessions.get(session_id), viewer.user_id).at(position_seconds)
            _check_age(work, session, viewer)
            self._hold(session)
            work.sessions.save(session)
            work.announce(
                PlaybackWatched(
                    **_about(session, session.heartbeats + 1),
                    position_seconds=position_seconds,
                    profile_id=session.profile_id,
                    at=self._clock(),
                )
            )
        return self._ticket(session)

    def stop(self, user_id: UserId, session_id: SessionId) -> None:
        """End a session and give its lease back."""
        with self._open_work() as work:
            session = _own(work.sessions.get(session_id), user_id).ended(self._clock())
            work.sessions.save(session)
            about = _about(session, session.heartbeats + 2)
            work.announce(PlaybackEnded(**about, position_seconds=session.position_seconds))
        self._leases.release(user_id, session_id)

    def licence(self, system: str, token: str, challenge: bytes) -> tuple[bytes, str]:
        """A licence in the system's own bytes, and their media type.

        The entitlement and the lease are checked on each request; key ids come from the session,
        never from the player alone.
        """
        backend = self._backends.get(system)
        if backend is None:
            raise LicenceRefusedError(f"{system} is not offered here")
        user_id, session_id = self._tokens.read(token)
        with self._open_work() as work:
            try:
                session = _own(work.sessions.get(session_id), user_id)
            except SessionNotFoundError as gone:
                raise LicenceRefusedError("the session has ended") from gone
            work.assets.get(session.video_id).playable()  # refuses what was withdrawn
            if work.entitlements.find(user_id) is None:
                raise LicenceRefusedError("this account has no plan")
        if not self._leases.held(user_id, session_id):
            raise LicenceRefusedError("the stream's lease has run out")
        asset = session.package.asset_id
        keys = [
            ContentKey(key.key_id, self._wrap.unwrap(key.wrapped, key.context(asset, key.key_id)))
            for key in session.licensed()
        ]
        return backend.answer(challenge, keys), backend.media_type

    def _take_lease(self, session: PlaybackSession) -> None:
        limit = session.plan.streams
        taken = self._leases.take(session.user_id, session.id, session.device, limit)
        if not taken.given:
            playing = [
                {"session_id": str(stream.session_id), "device": stream.device}
                for stream in taken.streams
            ]
            raise TooManyStreamsError(
                f"your plan plays on {limit} devices at once", members={"devices": playing}
            )

    def _hold(self, session: PlaybackSession) -> None:
        """Renew the lease; one that ran out is taken again if there is room."""
        if not self._leases.renew(session.user_id, session.id):
            self._take_lease(session)

    def _ticket(self, session: PlaybackSession) -> Ticket:
        now = self._clock()
        expires = now + DELIVERY_LIFE
        grant = DeliveryGrant(session.package.prefix, str(session.id), int(expires.timestamp()))
        return Ticket(
            session=session,
            delivery_token=self._signer.sign(grant),
            delivery_expires_at=expires,
            licence_token=self._tokens.issue(session, now + LICENCE_LIFE),
        )


def _check_age(work: PlaybackWork, session: PlaybackSession, viewer: Viewer) -> None:
    """Refuses who switched to a profile that may not see this."""
    if not work.assets.get(session.video_id).admits(viewer.max_age):
        raise NotPlayableError(f"video {session.video_id} cannot be played")


def _own(session: PlaybackSession, user_id: UserId) -> PlaybackSession:
    if session.user_id != user_id:
        raise SessionNotFoundError(f"no session {session.id}")
    return session


def _about(session: PlaybackSession, sequence: int) -> _About:
    return {
        "sequence": sequence,
        "user_id": session.user_id,
        "session_id": session.id,
        "video_id": session.video_id,
    }
