"""ES256 access tokens (RFC 9068) with two published keys, and refresh tokens by HMAC."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
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

from apps.auth.domain.factor import Challenge
from apps.auth.domain.session import ACCESS_LIFE, Proof, RefreshRefusedError, Session, SessionId
from apps.auth.domain.token import PUBLISHED_LEAST, SigningKey, signing_key
from apps.auth.domain.user import User, UserId
from apps.auth.ports.stores import OpenWork
from apps.kit.clock import Clock, NewId
from apps.kit.wrapping import KeyWrap

ISSUER = "marquee"
AUDIENCE = "marquee-api"
# There is one client, ourselves; RFC 9068 wants it named.
CLIENT = "marquee"
_PROOFS = {Proof.PASSWORD: b"p", Proof.MAIL: b"m", Proof.FEDERATED: b"f"}
READ_AGAIN = timedelta(seconds=30)


class KeyRing:
    """The signing keys, read again twice a minute, so that they rotate without a restart."""

    def __init__(self, open_work: OpenWork, wrap: KeyWrap, *, clock: Clock, new_id: NewId) -> None:
        self._open_work = open_work
        self._wrap = wrap
        self._clock = clock
        self._new_id = new_id
        self._keys: Sequence[SigningKey] = ()
        self._private: dict[str, str] = {}
        self._read_at: datetime | None = None
        self._fill()

    def signing(self) -> tuple[str, str]:
        """The id and the private half of the key that signs now."""
        keys, now = self.published(), self._clock()
        key = signing_key(keys, now)
        if key.key_id not in self._private:
            opened = self._wrap.unwrap(key.wrapped_private, key.key_id).decode()
            self._private = {key.key_id: opened}
        return key.key_id, self._private[key.key_id]

    def published(self) -> Sequence[SigningKey]:
        """The good keys, newest first."""
        now = self._clock()
        if self._read_at is None or abs(now - self._read_at) > READ_AGAIN:
            with self._open_work() as work:
                self._keys = work.keys.good()
            self._read_at = now
        return self._keys

    def rotate(self) -> str:
        """A further key: published at once, it signs when everybody knows it; its id."""
        with self._open_work() as work:
            key = self._made()
            work.keys.add(key)
        self._read_at = None
        return key.key_id

    def deny(self, key_id: str) -> bool:
        """What a key signed is good no more, within a minute; False if there is no such key."""
        with self._open_work() as work:
            denied = work.keys.deny(key_id)
        self._fill()
        return denied

    def _fill(self) -> None:
        """There are always two, or nobody could rotate without a gap."""
        with self._open_work() as work:
            for _ in range(PUBLISHED_LEAST - len(work.keys.good(hold=True))):
                work.keys.add(self._made())
        self._read_at = None

    def _made(self) -> SigningKey:
        key_id, private = str(self._new_id()), ec.generate_private_key(ec.SECP256R1())
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return SigningKey(key_id, public.decode(), self._wrap.wrap(pem, key_id), self._clock())


class SignedTokens:
    """Access tokens by the ring's key; everything else by a secret of auth's own."""

    def __init__(self, ring: KeyRing, refresh_key: bytes, *, clock: Clock, new_id: NewId) -> None:
        self._ring = ring
        self._refresh_key = refresh_key
        self._clock = clock
        self._new_id = new_id

    def access(self, user: User, session: Session) -> str:
        """An access token of five minutes."""
        now = self._clock()
        key_id, private = self._ring.signing()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user.id),
            "sid": str(session.id),
            "jti": str(self._new_id()),
            "client_id": CLIENT,
            "roles": sorted(user.roles),
            "auth_time": int(session.authenticated_at.timestamp()),
            "amr": list(session.proofs),
            "iat": now,
            "exp": now + ACCESS_LIFE,
        }
        headers = {"kid": key_id, "typ": "at+jwt"}
        return jwt.encode(claims, private, "ES256", headers=headers)

    def refresh(self, session: Session) -> str:
        """Session id, generation and a MAC over both: nothing to look up before it is proved."""
        return self._sealed(b"rt1", session.id.bytes + session.generation.to_bytes(8, "big"))

    def read_refresh(self, token: str) -> tuple[SessionId, int]:
        """The session and generation of a refresh token; RefreshRefusedError if it is not ours."""
        body = self._opened(b"rt1", token, 24)
        if body is None:
            raise RefreshRefusedError("this is not a refresh token")
        return SessionId(UUID(bytes=body[:16])), int.from_bytes(body[16:], "big")

    def challenge(self, challenge: Challenge) -> str:
        """A token that shows a first proof: user, moment of its end, and the proof's name."""
        until = int(challenge.expires_at.timestamp()).to_bytes(8, "big")
        return self._sealed(b"mf1", challenge.user_id.bytes + until + _PROOFS[challenge.proof])

    def read_challenge(self, token: str) -> Challenge | None:
        """What a challenge's token says; None if it is not ours."""
        body = self._opened(b"mf1", token, 25)
        if body is None:
            return None
        proof = next(proof for proof, mark in _PROOFS.items() if mark == body[24:])
        until = datetime.fromtimestamp(int.from_bytes(body[16:24], "big"), UTC)
        return Challenge(UserId(UUID(bytes=body[:16])), proof, until)

    def device(self, user_id: UserId, mark: UUID) -> str:
        """A token by which a device is known to have signed this user in before."""
        return self._sealed(b"dv1", user_id.bytes + mark.bytes)

    def read_device(self, token: str) -> tuple[UserId, UUID] | None:
        """The user and mark of a device's token; None if it is not ours."""
        body = self._opened(b"dv1", token, 32)
        return (UserId(UUID(bytes=body[:16])), UUID(bytes=body[16:])) if body else None

    def jwks(self) -> dict[str, Sequence[dict[str, Any]]]:
        """The published keys (RFC 7517)."""
        return {"keys": [_jwk(key) for key in self._ring.published()]}

    def _sealed(self, kind: bytes, body: bytes) -> str:
        return base64.urlsafe_b64encode(body + self._mac(kind, body)).rstrip(b"=").decode()

    def _opened(self, kind: bytes, token: str, length: int) -> bytes | None:
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        body, mac = raw[:length], raw[length:]
        good = len(body) == length and hmac.compare_digest(mac, self._mac(kind, body))
        return body if good else None

    def _mac(self, kind: bytes, body: bytes) -> bytes:
        return hmac.new(self._refresh_key, kind + body, hashlib.sha256).digest()


@lru_cache(maxsize=8)
def _jwk(key: SigningKey) -> dict[str, Any]:
    public = load_pem_public_key(key.public_pem.encode())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    jwk: dict[str, Any] = json.loads(ECAlgorithm.to_jwk(public))
    return {**jwk, "kid": key.key_id, "use": "sig", "alg": "ES256"}
