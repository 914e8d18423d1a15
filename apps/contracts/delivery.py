"""The delivery token: `playback` signs it into a path, `edge` or a CDN checks it there.

`/t/<claims>.<mac>/<prefix>...`: claims are base64url of `expires~prefix~session~key`, the MAC is
HMAC-SHA256 over the claims. Relative addresses in manifests inherit it, and a CDN strips it from
its cache key, so that all viewers share one copy.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass


class DeliveryRefusedError(Exception):
    """The token is malformed, forged, expired or made for other media."""


@dataclass(frozen=True)
class DeliveryGrant:
    """Leave to fetch everything below one prefix until `expires`, in Unix seconds."""

    prefix: str
    session: str
    expires: int


def sign(grant: DeliveryGrant, *, key_id: str, key: bytes) -> str:
    """The token of a grant: one path segment of URL-safe characters."""
    text = "~".join((str(grant.expires), grant.prefix, grant.session, key_id))
    claims = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    return f"{claims}.{_mac(claims, key)}"


def check(token: str, path: str, *, keys: Mapping[str, bytes], now: float) -> DeliveryGrant:
    """The grant of a token that allows `path` at `now` (Unix seconds), else DeliveryRefusedError."""
    claims, _, mac = token.partition(".")
    try:
        padded = claims + "=" * (-len(claims) % 4)
        expires, prefix, session, key_id = base64.urlsafe_b64decode(padded).decode().split("~")
        grant = DeliveryGrant(prefix=prefix, session=session, expires=int(expires))
    except ValueError:
        raise DeliveryRefusedError("the delivery token is malformed") from None
    key = keys.get(key_id)
    if key is None or not hmac.compare_digest(_mac(claims, key).encode(), mac.encode()):
        raise DeliveryRefusedError("the delivery token is not ours")
    if now >= grant.expires:
        raise DeliveryRefusedError("the delivery token has expired")
    if not path.startswith(grant.prefix):
        raise DeliveryRefusedError("the delivery token is for other media")
    return grant


def _mac(claims: str, key: bytes) -> str:
    digest = hmac.new(key, claims.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
