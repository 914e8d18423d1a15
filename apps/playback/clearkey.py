"""W3C ClearKey: keys in the clear, for tests and development; production refuses to offer it."""

import base64
import binascii
import json
from collections.abc import Sequence

from apps.kit.errors import UnprocessableError
from apps.playback.domain import ContentKey, LicenceRefusedError


class ClearKey:
    """Answers `{"kids": [...]}` with those of the keys that the session may have."""

    media_type = "application/json"

    def answer(self, challenge: bytes, keys: Sequence[ContentKey]) -> bytes:
        """A JSON Web Key set; LicenceRefusedError if none of the asked keys may be had."""
        try:
            wanted = {_unpadded(kid) for kid in json.loads(challenge)["kids"]}
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise UnprocessableError("this is not a ClearKey licence request") from None
        given = [key for key in keys if key.key_id.bytes in wanted]
        if not given:
            raise LicenceRefusedError("none of these keys belong to the session")
        listed = [
            {"kty": "oct", "kid": _text(key.key_id.bytes), "k": _text(key.key)} for key in given
        ]
        return json.dumps({"keys": listed, "type": "temporary"}).encode()


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
