"""Small secrets under a wrapping key: AES-256-GCM here, Vault's transit engine behind the same port."""

import base64
import os
from collections.abc import Mapping
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class UnwrapError(Exception):
    """The wrapped value was changed, moved to another context, or its key is gone."""


class KeyWrap(Protocol):
    """Wraps bytes so that they open in their own context only."""

    def wrap(self, secret: bytes, context: str) -> str:
        """The secret as text that may be stored."""
        ...

    def unwrap(self, wrapped: str, context: str) -> bytes:
        """The secret again; UnwrapError in any other context."""
        ...

    def rewrap(self, wrapped: str, context: str) -> str:
        """The same secret under the newest key; the same text if it is that already."""
        ...


class AesKeyWrap:
    """AES-256-GCM, the context as associated data; the newest key wraps, every known one unwraps.

    The text is `<key version>:<base64 of nonce and ciphertext>`.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = {version: AESGCM(key) for version, key in keys.items()}
        self._newest = max(keys)

    def wrap(self, secret: bytes, context: str) -> str:
        """Wrap under the newest key."""
        nonce = os.urandom(12)
        sealed = self._keys[self._newest].encrypt(nonce, secret, context.encode())
        return f"{self._newest}:{base64.b64encode(nonce + sealed).decode()}"

    def unwrap(self, wrapped: str, context: str) -> bytes:
        """Unwrap with the key that wrapped."""
        version, _, text = wrapped.partition(":")
        try:
            sealed = base64.b64decode(text)
            return self._keys[int(version)].decrypt(sealed[:12], sealed[12:], context.encode())
        except (ValueError, KeyError, InvalidTag):
            raise UnwrapError("the wrapped value does not open here") from None

    def rewrap(self, wrapped: str, context: str) -> str:
        """The same secret under the newest key."""
        if wrapped.partition(":")[0] == str(self._newest):
            return wrapped
        return self.wrap(self.unwrap(wrapped, context), context)
