"""Vault's transit engine behind the port of `wrapping`: keys that wrap never leave Vault."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hvac
import requests
from hvac.exceptions import InvalidRequest, VaultError

from apps.kit.errors import UnavailableError
from apps.kit.runtime import Runtime
from apps.kit.wrapping import AesKeyWrap, KeyWrap, UnwrapError

CALL_SECONDS = 5
# The transit engine's name for the key that wraps content keys.
CONTENT_KEYS = "content-keys"


def content_wrap(runtime: Runtime) -> KeyWrap:
    """What wraps content keys: Vault where there is one, else a key from the secret store."""
    address = runtime.environment.optional("VAULT_ADDR")
    if address is None:
        return AesKeyWrap({1: base64.b64decode(runtime.secret("content_wrapping_key"))})
    token_file = Path(runtime.environment.text("VAULT_TOKEN_FILE"))
    ca_file = runtime.environment.optional("VAULT_CA_FILE")
    return TransitKeyWrap(address, token_file, ca_file, CONTENT_KEYS)


class TransitKeyWrap:
    """Every context has a key of its own, derived by Vault from the one that `key` names.

    The token lies in a file that Nomad writes anew when it changes.
    """

    def __init__(self, address: str, token_file: Path, ca_file: str | None, key: str) -> None:
        self._token_file = token_file
        self._key = key
        verify = ca_file if ca_file is not None else True
        self._client = hvac.Client(address, verify=verify, timeout=CALL_SECONDS)

    def wrap(self, secret: bytes, context: str) -> str:
        """Wrap under the newest version of the key."""
        plain = base64.b64encode(secret).decode()
        answer = self._ask(
            lambda transit: transit.encrypt_data(self._key, plaintext=plain, context=_text(context))
        )
        return str(answer["ciphertext"])

    def unwrap(self, wrapped: str, context: str) -> bytes:
        """Unwrap with the version that wrapped."""
        answer = self._ask(
            lambda transit: transit.decrypt_data(
                self._key, ciphertext=wrapped, context=_text(context)
            )
        )
        return base64.b64decode(answer["plaintext"])

    def rewrap(self, wrapped: str, context: str) -> str:
        """The same secret under the newest version; it never leaves Vault."""
        answer = self._ask(
            lambda transit: transit.rewrap_data(
                self._key, ciphertext=wrapped, context=_text(context)
            )
        )
        return str(answer["ciphertext"])

    def _ask(self, ask: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        try:
            self._client.token = self._token_file.read_text().strip()
            answer: dict[str, Any] = ask(self._client.secrets.transit)["data"]
        except InvalidRequest as error:
            raise UnwrapError(str(error)) from None
        except (VaultError, requests.RequestException, OSError) as error:
            raise UnavailableError(f"Vault is away or sealed ({type(error).__name__})") from error
        return answer


def _text(context: str) -> str:
    return base64.b64encode(context.encode()).decode()
