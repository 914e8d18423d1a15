"""Sign-in sessions: opened, refreshed, listed and ended."""

from collections.abc import Sequence

from apps.auth.domain.session import (
    ACCESS_LIFE,
    Client,
    Proof,
    Refresh,
    RefreshRefusedError,
    Session,
    SessionId,
    SessionNotFoundError,
    surplus,
)
from apps.auth.domain.token import TokenPair
from apps.auth.domain.trail import What
from apps.auth.domain.user import User, UserId
from apps.auth.ports.outside import Tokens
from apps.auth.ports.stores import AuthWork, OpenWork
from apps.contracts.auth import SessionRevoked
from apps.kit.clock import Clock, NewId


class SignInSessions:
    """One family of refresh tokens per sign-in, and at most ten sign-ins a user."""

    def __init__(self, open_work: OpenWork, tokens: Tokens, *, clock: Clock, new_id: NewId) -> None:
        self._open_work = open_work
        self._tokens = tokens
        self._clock = clock
        self._new_id = new_id

    def open(
        self,
        work: AuthWork,
        user: User,
        client: Client,
        proofs: tuple[Proof, ...],
        device: str | None = None,
    ) -> TokenPair:
        """A new session in a transaction at hand; the least used one makes room for an eleventh.

        `device` is the token of a known device; a device without one gets one.
        """
        now = self._clock()
        session = Session(
            id=SessionId(self._new_id()),
            user_id=user.id,
            generation=1,
            rotated_at=now,
            created_at=now,
            authenticated_at=now,
            device=client.device,
            ip_prefix=client.prefix,
            proofs=proofs,
        )
        for one in surplus(work.sessions.lock_all(user.id), now):
            self.end(work, one, "too many sessions")
        work.sessions.save(session)
        work.trail.note(What.SIGNED_IN, user.id, session=str(session.id), proof=" ".join(proofs))
        known = device or self._tokens.device(user.id, self._new_id())
        return self._pair(user, session, known)

    def refresh(self, token: str) -> TokenPair:
        """The next pair of tokens; a used token ends the whole session, but for a lost answer."""
        session_id, generation = self._tokens.read_refresh(token)
        now = self._clock()
        with self._open_work() as work:
            session = work.sessions.lock(session_id)
            verdict = session.judge(generation, now) if session else Refresh.DEAD
            if session is not None and verdict in (Refresh.ROTATE, Refresh.REPEAT):
                if verdict is Refresh.ROTATE:
                    session = session.rotated(now)
                    work.sessions.save(session)
                return self._pair(work.users.get(session.user_id), session)
            if session is not None and verdict is Refresh.REUSED:
                work.trail.note(What.REFRESH_REUSED, session.user_id, session=str(session.id))
                self.end(work, session, "reuse")
        raise RefreshRefusedError("this refresh token is no longer good")

    def log_out(self, token: str) -> None:
        """End the session of a refresh token; ended ones stay ended."""
        session_id, _ = self._tokens.read_refresh(token)
        with self._open_work() as work:
            session = work.sessions.lock(session_id)
            if session is not None and session.revoked_at is None:
                self.end(work, session, "logout")

    def all(self, user_id: UserId) -> Sequence[Session]:
        """A user's living sessions, the one used last first."""
        now = self._clock()
        with self._open_work() as work:
            living = [s for s in work.sessions.lock_all(user_id) if s.alive(now)]
        return sorted(living, key=lambda session: (session.rotated_at, session.id), reverse=True)

    def revoke(self, user_id: UserId, session_id: SessionId) -> None:
        """End one of one's own sessions; SessionNotFoundError for any other."""
        with self._open_work() as work:
            session = work.sessions.lock(session_id)
            if session is None or session.user_id != user_id:
                raise SessionNotFoundError("you have no such session")
            if session.revoked_at is None:
                self.end(work, session, "revoked")

    def revoke_all(self, user_id: UserId, keep: SessionId | None = None) -> None:
        """End all sessions of a user, or all others."""
        with self._open_work() as work:
            self.end_all(work, user_id, "revoked", keep)

    def end_all(
        self, work: AuthWork, user_id: UserId, reason: str, keep: SessionId | None = None
    ) -> None:
        """End all sessions of a user but one, in a transaction at hand."""
        for session in work.sessions.lock_all(user_id):
            if session.id != keep:
                self.end(work, session, reason)

    def end(self, work: AuthWork, session: Session, reason: str) -> None:
        """End a session in a transaction at hand; everybody who must know hears of it."""
        work.sessions.save(session.revoked(reason, self._clock()))
        work.trail.note(
            What.SESSION_REVOKED, session.user_id, session=str(session.id), reason=reason
        )
        work.announce(
            SessionRevoked(
                sequence=session.generation,
                user_id=session.user_id,
                session_id=session.id,
                reason=reason,
            )
        )

    def prove(self, work: AuthWork, user: User, session_id: SessionId, proof: Proof) -> TokenPair:
        """A session whose owner showed a proof once more; its next pair of tokens."""
        now = self._clock()
        session = work.sessions.lock(session_id)
        if session is None or session.user_id != user.id or not session.alive(now):
            raise SessionNotFoundError("this session has ended")
        session = session.proved(proof, now)
        work.sessions.save(session)
        work.trail.note(What.STEPPED_UP, user.id, session=str(session.id), proof=proof)
        return self._pair(user, session)

    def fresh(self, work: AuthWork, user_id: UserId, session_id: SessionId | None) -> Session:
        """The session of a request that changes how somebody signs in; refused if its proof is old."""
        session = work.sessions.lock(session_id) if session_id else None
        if session is None or session.user_id != user_id:
            raise SessionNotFoundError("this session has ended")
        session.check_fresh(self._clock())
        return session

    def _pair(self, user: User, session: Session, device: str = "") -> TokenPair:
        return TokenPair(
            access=self._tokens.access(user, session),
            refresh=self._tokens.refresh(session),
            device=device,
            expires_in_seconds=int(ACCESS_LIFE.total_seconds()),
        )
