"""Reads access tokens by auth's published keys."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import jwt
from jwt import PyJWK

from apps.kit.errors import UnauthorizedError
from apps.kit.identity import SKEW_SECONDS, Caller, caller_of

ISSUER = "marquee"
AUDIENCE = "marquee-api"
# A key that was denied is forgotten this soon.
FRESH_SECONDS = 30.0
# How often an unknown key may send us to auth again.
AGAIN_SECONDS = 5.0

FetchJwks = Callable[[], Awaitable[dict[str, Any]]]


class AccessTokens:
    """Keeps auth's keys for some minutes, and looks again for one that it does not know."""

    def __init__(self, fetch: FetchJwks, now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: dict[str, PyJWK] = {}
        self._fetched = -FRESH_SECONDS

    async def read(self, authorization: str | None) -> Caller | None:
        """The caller of a bearer token, None without one; UnauthorizedError for a bad one."""
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthorizedError("the Authorization header must be a bearer token")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != "at+jwt":
                raise UnauthorizedError("this is not an access token")
            key = await self._key(str(header.get("kid")))
            claims = jwt.decode(
                token,
                key,
                ["ES256"],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=SKEW_SECONDS,
                options={"require": ["exp", "iat", "sub", "sid"]},
            )
        except jwt.ExpiredSignatureError:
            raise UnauthorizedError("the access token has expired; refresh it") from None
        except jwt.InvalidTokenError:
            raise UnauthorizedError("the access token is not valid") from None
        return caller_of({**claims, "pid": None, "age": None})

    async def _key(self, key_id: str) -> PyJWK:
        age = self._now() - self._fetched
        if age > FRESH_SECONDS or (key_id not in self._keys and age > AGAIN_SECONDS):
            published = await self._fetch()
            self._keys = {each["kid"]: PyJWK(each) for each in published["keys"]}
            self._fetched = self._now()
        if key_id not in self._keys:
            raise UnauthorizedError("the access token is not valid")
        return self._keys[key_id]
