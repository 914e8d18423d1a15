"""Playback's own tokens: for licences by HS256, for delivery by HMAC with two live keys."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import jwt

from apps.contracts import delivery
from apps.contracts.delivery import DeliveryGrant
from apps.playback.domain import PlaybackSession, PlaybackTokenError, SessionId, UserId

AUDIENCE = "drm"


class HmacSigner:
    """Signs with the newest of the delivery keys; `edge` knows them all."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._key_id = max(keys, key=int)
        self._key = keys[self._key_id]

    def sign(self, grant: DeliveryGrant) -> str:
        """The token of a grant."""
        return delivery.sign(grant, key_id=self._key_id, key=self._key)


class JwtPlaybackTokens:
    """Signed and verified by playback itself; the gateway only passes them on."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, session: PlaybackSession, expires_at: datetime) -> str:
        """A token for one session's licences."""
        claims = {
            "aud": AUDIENCE,
            "sub": str(session.user_id),
            "sid": str(session.id),
            "exp": expires_at,
        }
        return jwt.encode(claims, self._key, "HS256")

    def read(self, token: str) -> tuple[UserId, SessionId]:
        """Whose session it is for; PlaybackTokenError if it is not good."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                ["HS256"],
                audience=AUDIENCE,
                options={"require": ["exp", "sub", "sid"]},
            )
        except jwt.InvalidTokenError:
            raise PlaybackTokenError("the playback token is not good") from None
        return UserId(UUID(claims["sub"])), SessionId(UUID(claims["sid"]))
