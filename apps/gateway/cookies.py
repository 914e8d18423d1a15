"""Tokens sealed into the cookie of a browser: AES-256-GCM, by a key of the gateway's own."""

import base64
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.gateway.domain import COOKIE, BrowserTokens

# As long as a session lives at most (auth's absolute expiry).
LIFE_SECONDS = 90 * 24 * 3600
_KEPT = f"; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={LIFE_SECONDS}"
_GONE = "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
_NONCE = 12


class SealedCookies:
    """`<key id>.<base64 of nonce and ciphertext>`; the lowest key seals, every known one opens.

    So a key is known everywhere before anything is sealed with it, as internal keys are.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._sealing = min(keys, key=int)

    def kept(self, tokens: BrowserTokens) -> str:
        """The header that puts a session into a browser."""
        nonce = os.urandom(_NONCE)
        said = json.dumps([tokens.access, tokens.refresh, tokens.until]).encode()
        sealed = nonce + self._keys[self._sealing].encrypt(nonce, said, COOKIE.encode())
        text = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
        return f"{COOKIE}={self._sealing}.{text}{_KEPT}"

    def gone(self) -> str:
        """The header that takes it out again."""
        return f"{COOKIE}={_GONE}"

    def read(self, header: str) -> BrowserTokens | None:
        """The session in a Cookie header; None without one of ours."""
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE and value:
                return self._opened(value)
        return None

    def _opened(self, value: str) -> BrowserTokens | None:
        key_id, _, text = value.partition(".")
        try:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            said = self._keys[key_id].decrypt(sealed[:_NONCE], sealed[_NONCE:], COOKIE.encode())
            access, refresh, until = json.loads(said)
        except (KeyError, ValueError, InvalidTag):
            return None
        return BrowserTokens(access, refresh, until)
