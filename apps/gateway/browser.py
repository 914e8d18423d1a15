"""Sessions of browsers: their tokens stay behind the door, in a cookie that no script can read."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from apps.gateway.backends import Backends, Call
from apps.gateway.domain import BrowserTokens, CrossSiteError, Priority
from apps.gateway.ports import Cookies
from apps.kit.errors import UnavailableError
from apps.kit.invoke import Answer

# Every request of a page that uses its cookie says so: a form of another site cannot.
HEADER = "x-marquee-session"
SAFE = ("GET", "HEAD", "OPTIONS")
# A token that is as old as this is renewed before it is used.
LEFT_SECONDS = 30
# How long the successor of a refresh token is known here: an answer that was lost on its way to
# the browser does not end its session.
KNOWN_SECONDS, KNOWN_MOST = 120, 10_000


@dataclass(frozen=True)
class Opened:
    """A browser's session, ready for use, and what its cookie has to become."""

    tokens: BrowserTokens | None = None
    cookie: str | None = None

    @property
    def bearer(self) -> str | None:
        """As an Authorization header."""
        return f"Bearer {self.tokens.access}" if self.tokens else None


class BrowserSessions:
    """Opens the cookie of a request, renews what it holds, and keeps the tokens of an answer."""

    def __init__(
        self,
        backends: Backends,
        cookies: Cookies,
        origins: Sequence[str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._backends = backends
        self._cookies = cookies
        self._origins = frozenset(origins)
        self._now = now
        self._renewals: dict[str, tuple[float, asyncio.Task[BrowserTokens | None]]] = {}

    async def open(self, method: str, headers: Mapping[str, str]) -> Opened:
        """The session of a request; CrossSiteError if another site makes the browser ask."""
        tokens = self._cookies.read(headers.get("cookie", ""))
        if tokens is None:
            return Opened()
        if method not in SAFE:
            self.check_site(headers)
        if tokens.until - LEFT_SECONDS > self._now():
            return Opened(tokens)
        renewed = await self._renewed(tokens.refresh)
        if renewed is None:
            return Opened(None, self._cookies.gone())
        return Opened(renewed, self._cookies.kept(renewed))

    def wants(self, headers: Mapping[str, str]) -> bool:
        """Whether a page wants its tokens kept; CrossSiteError if it is not one of ours."""
        if HEADER not in headers:
            return False
        self.check_site(headers)
        return True

    def keep(self, answer: Answer) -> Answer:
        """An answer whose tokens went into a cookie."""
        said = _tokens_of(answer)
        if said is None:
            return answer
        tokens = self._tokens(said)
        rest = {n: v for n, v in said.items() if n not in ("access_token", "refresh_token")}
        headers = {
            **answer.headers,
            "set-cookie": self._cookies.kept(tokens),
            "cache-control": "no-store",
        }
        return Answer(answer.status, headers, json.dumps(rest).encode())

    def end(self, answer: Answer) -> Answer:
        """An answer that takes the cookie away."""
        return replace(answer, headers={**answer.headers, "set-cookie": self._cookies.gone()})

    def check_site(self, headers: Mapping[str, str]) -> None:
        """CrossSiteError unless a page of ours asks, by all that its browser says."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        ours = origin in self._origins if origin else site == "same-origin"
        if HEADER not in headers or not ours or site not in (None, "same-origin"):
            raise CrossSiteError(f"only pages of ours may do this, with the header {HEADER}")

    async def _renewed(self, refresh: str) -> BrowserTokens | None:
        """The tokens after these; many requests of one page at once renew them once."""
        now = self._now()
        self._forget_old(now)
        if refresh not in self._renewals:
            self._renewals[refresh] = (now, asyncio.create_task(self._ask(refresh)))
        task = self._renewals[refresh][1]
        try:
            # One that leaves does not break off the renewal that others wait for.
            return await asyncio.shield(task)
        except Exception:
            self._renewals.pop(refresh, None)
            raise

    async def _ask(self, refresh: str) -> BrowserTokens | None:
        body = json.dumps({"refresh_token": refresh}).encode()
        headers = {"content-type": "application/json"}
        answer = await self._backends.call(
            Call("auth", "POST", "/auth/refresh", None, headers, body, Priority.PLAY)
        )
        said = _tokens_of(answer)
        if said is None and answer.status != 401:
            raise UnavailableError("the session cannot be renewed for the moment")
        return self._tokens(said) if said else None

    def _tokens(self, said: Mapping[str, object]) -> BrowserTokens:
        until = self._now() + int(str(said["expires_in"]))
        return BrowserTokens(str(said["access_token"]), str(said["refresh_token"]), until)

    def _forget_old(self, now: float) -> None:
        while self._renewals:
            oldest = next(iter(self._renewals))
            if self._renewals[oldest][0] + KNOWN_SECONDS > now and len(self._renewals) < KNOWN_MOST:
                return
            del self._renewals[oldest]


def _tokens_of(answer: Answer) -> dict[str, object] | None:
    if answer.status != 200:
        return None
    try:
        said = json.loads(answer.body)
    except ValueError:
        return None
    return said if isinstance(said, dict) and "refresh_token" in said else None
