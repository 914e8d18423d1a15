"""ES256 access tokens (RFC 9068) with two published keys, and refresh tokens by HMAC."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from jwt.algorithms import ECAlgorithm

from apps.auth.domain import ACCESS_LIFE, RefreshRefusedError, Session, SessionId, SigningKey, User
from apps.auth.ports import AuthWork
from apps.kit.clock import Clock, NewId
from apps.kit.wrapping import KeyWrap

ISSUER = "marquee"
AUDIENCE = "marquee-api"
PUBLISHED = 2


class SignedTokens:
    """Signs with the older of the two published keys, so that the newer one is known in time."""

    def __init__(
        self,
        open_work: Callable[[], AbstractContextManager[AuthWork]],
        wrap: KeyWrap,
        refresh_key: bytes,
        *,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._clock = clock
        self._refresh_key = refresh_key
        self._wrap = wrap
        with open_work() as work:
            keys = list(work.keys.newest(PUBLISHED))
            while len(keys) < PUBLISHED:
                keys.insert(0, self._made(str(new_id())))
                work.keys.add(keys[0])
        self._published = keys
        signing = keys[-1]
        self._key_id = signing.key_id
        self._private = wrap.unwrap(signing.wrapped_private, signing.key_id).decode()

    def access(self, user: User, session: Session) -> str:
        """An access token of five minutes."""
        now = self._clock()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user.id),
            "sid": str(session.id),
            "roles": sorted(user.roles),
            "iat": now,
            "exp": now + ACCESS_LIFE,
        }
        headers = {"kid": self._key_id, "typ": "at+jwt"}
        return jwt.encode(claims, self._private, "ES256", headers=headers)

    def refresh(self, session: Session) -> str:
        """Session id, generation and a MAC over both: nothing to look up before it is proved."""
        body = session.id.bytes + session.generation.to_bytes(8, "big")
        return base64.urlsafe_b64encode(body + self._mac(body)).rstrip(b"=").decode()

    def read_refresh(self, token: str) -> tuple[SessionId, int]:
        """The session and generation of a refresh token; RefreshRefusedError if it is not ours."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise RefreshRefusedError("this is not a refresh token") from None
        body, mac = raw[:24], raw[24:]
        if len(body) != 24 or not hmac.compare_digest(mac, self._mac(body)):
            raise RefreshRefusedError("this is not a refresh token")
        return SessionId(UUID(bytes=body[:16])), int.from_bytes(body[16:], "big")

    def jwks(self) -> dict[str, Sequence[dict[str, Any]]]:
        """The published keys (RFC 7517)."""
        return {"keys": [_jwk(key) for key in self._published]}

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._refresh_key, b"rt1" + body, hashlib.sha256).digest()

    def _made(self, key_id: str) -> SigningKey:
        private = ec.generate_private_key(ec.SECP256R1())
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return SigningKey(key_id, public.decode(), self._wrap.wrap(pem, key_id), self._clock())


def _jwk(key: SigningKey) -> dict[str, Any]:
    public = load_pem_public_key(key.public_pem.encode())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    jwk: dict[str, Any] = json.loads(ECAlgorithm.to_jwk(public))
    return {**jwk, "kid": key.key_id, "use": "sig", "alg": "ES256"}
