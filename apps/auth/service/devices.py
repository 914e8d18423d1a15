"""Televisions that are let in by a code."""

from dataclasses import dataclass

from apps.auth.domain.device import (
    LIFE,
    DeniedError,
    DeviceGrant,
    ExpiredError,
    GrantState,
    PendingError,
    SlowDownError,
    UserCodeNotFoundError,
    normal_code,
)
from apps.auth.domain.one_time import digest_of
from apps.auth.domain.session import Client, Proof
from apps.auth.domain.token import TokenPair
from apps.auth.domain.user import UserId
from apps.auth.ports.outside import NewSecret
from apps.auth.ports.stores import AuthWork, OpenWork
from apps.auth.service.guesses import Guesses
from apps.auth.service.sessions import SignInSessions
from apps.kit.clock import Clock


@dataclass(frozen=True)
class Codes:
    """What a television gets: a secret to ask with, and a code to show."""

    device_code: str
    user_code: str


class Devices:
    """The device grant, from the code to the tokens."""

    def __init__(
        self,
        open_work: OpenWork,
        new_secret: NewSecret,
        new_code: NewSecret,
        guesses: Guesses,
        sessions: SignInSessions,
        *,
        clock: Clock,
    ) -> None:
        self._open_work = open_work
        self._new_secret = new_secret
        self._new_code = new_code
        self._guesses = guesses
        self._sessions = sessions
        self._clock = clock

    def begin(self, client: Client) -> Codes:
        """A television asks for a code."""
        self._guesses.device(client)
        codes = Codes(self._new_secret(), self._new_code())
        grant = DeviceGrant(
            digest=digest_of(codes.device_code),
            user_code=codes.user_code,
            device=client.device,
            address=client.address,
            expires_at=self._clock() + LIFE,
        )
        with self._open_work() as work:
            work.grants.add(grant)
        return codes

    def look(self, user_id: UserId, user_code: str) -> DeviceGrant:
        """The television that shows a code, so that its owner sees which one asks."""
        with self._guesses.factor("device-code", user_id), self._open_work() as work:
            return self._shown(work, user_code)

    def answer(self, user_id: UserId, user_code: str, *, allow: bool) -> None:
        """The owner of an account lets a television in, or does not."""
        with self._guesses.factor("device-code", user_id), self._open_work() as work:
            work.grants.save(self._shown(work, user_code).answered(user_id, allow=allow))

    def token(self, device_code: str) -> TokenPair:
        """What a television gets that asks whether it is let in; tokens once, else a DeviceGrantError."""
        now = self._clock()
        with self._open_work() as work:
            grant = work.grants.lock(digest_of(device_code))
            if grant is None:
                raise ExpiredError("ask for another code")
            grant.check_alive(now)
            if grant.state is GrantState.APPROVED and grant.user_id is not None:
                user = work.users.get(grant.user_id)
                work.grants.delete(grant.digest)
                return self._sessions.open(work, user, grant.client, (Proof.DEVICE,))
            polled = grant.polled(now)
            work.grants.save(polled)
        if grant.state is GrantState.DENIED:
            raise DeniedError("the owner of the account said no")
        if polled.interval_seconds > grant.interval_seconds:
            raise SlowDownError(f"ask every {polled.interval_seconds} seconds")
        raise PendingError("enter the code first")

    def _shown(self, work: AuthWork, user_code: str) -> DeviceGrant:
        grant = work.grants.lock_by_code(normal_code(user_code))
        if grant is None or grant.expires_at < self._clock():
            raise UserCodeNotFoundError("no device shows this code, or it is too old")
        return grant
