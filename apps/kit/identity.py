"""Who asks: the gateway's internal token, made per callee and verified by each service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import jwt
from fastapi import Depends, Request

from apps.kit.clock import Clock
from apps.kit.errors import ForbiddenError, UnauthorizedError

ISSUER = "gateway"
LIFE_SECONDS = 60
# What the clocks of two hosts may differ by.
SKEW_SECONDS = 5


class Role(StrEnum):
    """What an account may do."""

    VIEWER = "viewer"
    STUDIO = "studio"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Caller:
    """The account behind a request, as the gateway vouches for it.

    `profile_id` and `max_age` (in years): who of the household acts, and what they may see; no limit
    without an age. `proved_at`: when the session last showed who it is.
    """

    user_id: UUID
    roles: frozenset[Role]
    session_id: UUID | None = None
    proved_at: datetime | None = None
    profile_id: UUID | None = None
    max_age: int | None = None

    def session(self) -> UUID:
        """The session that asks; UnauthorizedError for a caller without one."""
        if self.session_id is None:
            raise UnauthorizedError("this takes a signed-in session")
        return self.session_id


class InternalTokens:
    """Mints the gateway's tokens; only the gateway holds the private key."""

    def __init__(self, key_id: str, private_key: str, clock: Clock) -> None:
        self._key_id = key_id
        self._key = private_key
        self._clock = clock

    def mint(self, caller: Caller | None, audience: str) -> str:
        """A token for one service; without a caller it says that nobody is signed in."""
        now = self._clock()
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": audience,
            "iat": now,
            "exp": now + timedelta(seconds=LIFE_SECONDS),
        }
        if caller is not None:
            claims |= {"sub": str(caller.user_id), "roles": sorted(caller.roles)}
            claims |= {name: value for name, value in _more(caller).items() if value is not None}
        return jwt.encode(claims, self._key, "ES256", headers={"kid": self._key_id})


class Verifier:
    """Verifies internal tokens for one service, by either of the gateway's two public keys."""

    def __init__(self, service: str, public_keys: Mapping[str, str]) -> None:
        self._service = service
        self._keys = dict(public_keys)

    def verify(self, authorization: str | None) -> Caller | None:
        """The caller, None for a vouched-for nobody; UnauthorizedError for a bad token."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthorizedError("no internal token")
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                key,
                ["ES256"],
                audience=self._service,
                issuer=ISSUER,
                leeway=SKEW_SECONDS,
                options={"require": ["exp", "iat", "aud", "iss"]},
            )
        except (jwt.InvalidTokenError, KeyError):
            raise UnauthorizedError("the internal token is not valid here") from None
        if "sub" not in claims:
            return None
        return caller_of(claims)


def caller_of(claims: Mapping[str, Any]) -> Caller:
    """Whom the claims of a token name, ours or auth's."""
    session, profile, proved = (claims.get(name) for name in ("sid", "pid", "auth_time"))
    return Caller(
        user_id=UUID(claims["sub"]),
        roles=frozenset(Role(role) for role in claims.get("roles", ())),
        session_id=UUID(session) if session else None,
        proved_at=datetime.fromtimestamp(proved, UTC) if proved else None,
        profile_id=UUID(profile) if profile else None,
        max_age=claims.get("age"),
    )


def limit_of(caller: Caller | None) -> int | None:
    """The age, in years, that titles may be rated for; None without a limit."""
    return caller.max_age if caller else None


def _more(caller: Caller) -> dict[str, object]:
    return {
        "sid": str(caller.session_id) if caller.session_id else None,
        "auth_time": int(caller.proved_at.timestamp()) if caller.proved_at else None,
        "pid": str(caller.profile_id) if caller.profile_id else None,
        "age": caller.max_age,
    }


def _anyone(request: Request) -> Caller | None:
    verifier: Verifier = request.app.state.verifier
    return verifier.verify(request.headers.get("authorization"))


def _somebody(caller: Annotated[Caller | None, Depends(_anyone)]) -> Caller:
    if caller is None:
        raise UnauthorizedError("sign in first")
    return caller


def _with(*roles: Role) -> Callable[[Caller], Caller]:
    def check(caller: Annotated[Caller, Depends(_somebody)]) -> Caller:
        if caller.roles.isdisjoint(roles):
            raise ForbiddenError(f"this takes the role {' or '.join(roles)}")
        return caller

    return check


Anyone = Annotated[Caller | None, Depends(_anyone)]
SignedIn = Annotated[Caller, Depends(_somebody)]
Studio = Annotated[Caller, Depends(_with(Role.STUDIO, Role.OPERATOR))]
Operator = Annotated[Caller, Depends(_with(Role.OPERATOR))]
