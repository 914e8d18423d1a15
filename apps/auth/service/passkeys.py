"""Passkeys: added, used instead of a password, listed and taken away."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apps.auth.domain import letter
from apps.auth.domain.one_time import digest_of
from apps.auth.domain.passkey import (
    CEREMONY_LIFE,
    PASSKEYS_MOST,
    Ceremony,
    ClonedError,
    LastProofError,
    Passkey,
    PasskeyNotAddedError,
    PasskeyNotFoundError,
    PasskeyRefusedError,
)
from apps.auth.domain.session import Client, Proof, SessionId
from apps.auth.domain.token import TokenPair
from apps.auth.domain.trail import What
from apps.auth.domain.user import User, UserId
from apps.auth.ports.outside import Authenticators
from apps.auth.ports.stores import AuthWork, OpenWork
from apps.auth.service.accounts import Mails
from apps.auth.service.sessions import SignInSessions
from apps.kit.clock import Clock

NewChallenge = Callable[[], bytes]


class Passkeys:
    """Several for each user, on any device."""

    def __init__(
        self,
        open_work: OpenWork,
        authenticators: Authenticators,
        new_challenge: NewChallenge,
        sessions: SignInSessions,
        mails: Mails,
        *,
        clock: Clock,
    ) -> None:
        self._open_work = open_work
        self._authenticators = authenticators
        self._new_challenge = new_challenge
        self._sessions = sessions
        self._mails = mails
        self._clock = clock

    def begin(self, user_id: UserId, session_id: SessionId) -> Mapping[str, Any]:
        """What a browser needs to make a passkey; shortly after a proof."""
        challenge = self._new_challenge()
        with self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            known = work.passkeys.of(user_id)
            if len(known) >= PASSKEYS_MOST:
                raise PasskeyNotAddedError(f"there may be {PASSKEYS_MOST}; take one away first")
            self._out(work, challenge, user_id)
            return self._authenticators.registration(challenge, work.users.get(user_id), known)

    def add(
        self, user_id: UserId, session_id: SessionId, name: str, credential: Mapping[str, Any]
    ) -> Passkey:
        """Keep the passkey that a device has made."""
        challenge = self._authenticators.challenge_of(credential)
        with self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            self._check_out(work, challenge, user_id)
            made = self._authenticators.made(credential, challenge)
            passkey = Passkey(
                id=made.id,
                user_id=user_id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                backed_up=made.backed_up,
                name=name,
                created_at=self._clock(),
            )
            if not work.passkeys.add(passkey):
                raise PasskeyNotAddedError("this passkey is known already")
            self._tell(work, work.users.get(user_id), f"The passkey “{name}” was added.")
        return passkey

    def all(self, user_id: UserId) -> Sequence[Passkey]:
        """A user's passkeys, the oldest first."""
        with self._open_work() as work:
            return work.passkeys.of(user_id)

    def remove(self, user_id: UserId, session_id: SessionId, passkey_id: str) -> None:
        """Take a passkey away; LastProofError for the only way to sign in."""
        with self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            known = {passkey.id: passkey for passkey in work.passkeys.of(user_id)}
            if passkey_id not in known:
                raise PasskeyNotFoundError("you have no such passkey")
            user = work.users.get(user_id)
            if len(known) == 1 and user.password_hash is None:
                raise LastProofError("choose a password first")
            work.passkeys.delete(passkey_id)
            self._tell(work, user, f"The passkey “{known[passkey_id].name}” was taken away.")

    def begin_login(self) -> Mapping[str, Any]:
        """What a browser needs to sign in by any of its passkeys."""
        challenge = self._new_challenge()
        with self._open_work() as work:
            self._out(work, challenge, None)
        return self._authenticators.login(challenge)

    def log_in(self, credential: Mapping[str, Any], client: Client) -> TokenPair:
        """Open a session by a passkey, which is two factors in one; PasskeyRefusedError otherwise."""
        challenge = self._authenticators.challenge_of(credential)
        with self._open_work() as work:
            self._check_out(work, challenge, None)
            passkey = work.passkeys.lock(str(credential.get("id")))
            if passkey is None:
                raise PasskeyRefusedError("nobody here has this passkey")
            user = work.users.get(passkey.user_id)
            try:
                signed = self._authenticators.signed(credential, challenge, passkey)
            except ClonedError:
                self._tell(work, user, f"There may be a copy of the passkey “{passkey.name}”.")
            else:
                used = passkey.used(
                    signed.sign_count, backed_up=signed.backed_up, now=self._clock()
                )
                work.passkeys.save(used)
                return self._sessions.open(work, user, client, (Proof.PASSKEY,))
        # After the commit: its owner is told.
        raise PasskeyRefusedError("this passkey has counted backwards: there may be a copy of it")

    def _out(self, work: AuthWork, challenge: bytes, user_id: UserId | None) -> None:
        until = self._clock() + CEREMONY_LIFE
        work.passkeys.begin(Ceremony(digest_of(challenge.hex()), user_id, until))

    def _check_out(self, work: AuthWork, challenge: bytes, user_id: UserId | None) -> None:
        """That a challenge is ours, young, for this user, and answered for the first time."""
        begun = work.passkeys.take(digest_of(challenge.hex()))
        if begun is None or begun.user_id != user_id or begun.expires_at < self._clock():
            raise PasskeyRefusedError("the challenge is too old, or was answered; begin again")

    def _tell(self, work: AuthWork, user: User, said: str) -> None:
        work.trail.note(What.FACTORS_CHANGED, user.id, said=said)
        work.letters.add(letter.notice(user.email, "Your passkeys", said, self._mails.site))
