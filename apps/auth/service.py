"""Signing up, in, on and out."""

from apps.auth.domain import (
    ACCESS_LIFE,
    LoginRefusedError,
    Refresh,
    RefreshRefusedError,
    Session,
    SessionId,
    TokenPair,
    User,
    UserId,
    normal_email,
)
from apps.auth.ports import AuthWork, OpenWork, Passwords, Tokens
from apps.contracts.auth import SessionRevoked, UserRegistered
from apps.kit.clock import Clock, NewId
from apps.kit.identity import Role


class Auth:
    """Knows who is who."""

    def __init__(
        self,
        open_work: OpenWork,
        passwords: Passwords,
        tokens: Tokens,
        *,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._open_work = open_work
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock
        self._new_id = new_id

    def sign_up(self, email: str, password: str) -> None:
        """Open an account; silent about an address that has one, so that nobody can ask."""
        user = User(
            id=UserId(self._new_id()),
            email=normal_email(email),
            password_hash=self._passwords.hash(password),
            roles=frozenset({Role.VIEWER}),
            created_at=self._clock(),
        )
        with self._open_work() as work:
            if work.users.add(user):
                work.announce(UserRegistered(sequence=1, user_id=user.id))

    def log_in(self, email: str, password: str, device: str) -> TokenPair:
        """Open a session; LoginRefusedError without a word on what was wrong."""
        with self._open_work() as work:
            user = work.users.find(normal_email(email))
        # Outside the transaction: a hash takes 20 ms, and connections are few.
        if not self._passwords.matches(password, user.password_hash if user else None):
            raise LoginRefusedError("the e-mail or the password is wrong")
        assert user is not None
        now = self._clock()
        session = Session(
            id=SessionId(self._new_id()),
            user_id=user.id,
            generation=1,
            rotated_at=now,
            created_at=now,
            device=device,
        )
        with self._open_work() as work:
            work.sessions.save(session)
        return self._pair(user, session)

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
                self._revoke(work, session, "reuse")
        raise RefreshRefusedError("this refresh token is no longer good")

    def log_out(self, token: str) -> None:
        """End the session of a refresh token; ended ones stay ended."""
        session_id, _ = self._tokens.read_refresh(token)
        with self._open_work() as work:
            session = work.sessions.lock(session_id)
            if session is not None and session.revoked_at is None:
                self._revoke(work, session, "logout")

    def grant(self, user_id: UserId, roles: frozenset[Role]) -> User:
        """Give a user exactly these roles; the next access token carries them."""
        with self._open_work() as work:
            user = work.users.get(user_id).granted(roles)
            work.users.save(user)
        return user

    def make_operator(self, email: str, password: str) -> User:
        """The first operator, from the command line: made, or raised from an existing account."""
        self.sign_up(email, password)
        with self._open_work() as work:
            user = work.users.find(normal_email(email))
        assert user is not None
        return self.grant(user.id, frozenset({Role.OPERATOR, Role.STUDIO}))

    def _revoke(self, work: AuthWork, session: Session, reason: str) -> None:
        work.sessions.save(session.revoked(reason, self._clock()))
        work.announce(
            SessionRevoked(
                sequence=session.generation,
                user_id=session.user_id,
                session_id=session.id,
                reason=reason,
            )
        )

    def _pair(self, user: User, session: Session) -> TokenPair:
        return TokenPair(
            access=self._tokens.access(user, session),
            refresh=self._tokens.refresh(session),
            expires_in_seconds=int(ACCESS_LIFE.total_seconds()),
        )
