"""A signed-in connection to the gateway; it refreshes its token by itself."""

import time
from types import TracebackType
from typing import Any

import httpx


class ApiError(Exception):
    """The gateway refused; `code` is the stable type of the problem."""

    def __init__(self, response: httpx.Response) -> None:
        problem = _problem(response)
        self.status = response.status_code
        self.code = str(problem.get("type", "")).removeprefix("urn:marquee:")
        self.problem = problem
        super().__init__(f"{self.status} {self.code}: {problem.get('detail', '')}")


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {"detail": response.text[:300]}
    return found if isinstance(found, dict) else {}


class Session:
    """One account at one gateway."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30)
        self._tokens: dict[str, Any] = {}
        self._expires = 0.0

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def sign_up(self, email: str, password: str) -> None:
        """Open an account; harmless for one that is there."""
        self.call("POST", "/auth/signup", json={"email": email, "password": password})

    def log_in(self, email: str, password: str, device: str = "command line") -> "Session":
        """Sign in; ApiError `login-refused` for a wrong password."""
        asked = {"email": email, "password": password, "device": device}
        self._keep(self.call("POST", "/auth/login", json=asked))
        return self

    @property
    def access_token(self) -> str:
        """A token that is good for some time yet."""
        if self._tokens and time.monotonic() > self._expires:
            self.refresh()
        return str(self._tokens.get("access_token", ""))

    def refresh(self) -> None:
        """New tokens, good for as long as tokens are."""
        asked = {"refresh_token": self._tokens["refresh_token"]}
        self._tokens = {}
        self._keep(self.call("POST", "/auth/refresh", json=asked))

    def call(self, method: str, path: str, **asked: Any) -> Any:
        """The JSON answer, None for an empty one; ApiError for any refusal."""
        headers = dict(asked.pop("headers", {}))
        token = self.access_token
        if token:
            headers["Authorization"] = f"Bearer {token}"
        response = self.http.request(method, path, headers=headers, **asked)
        if response.is_error:
            raise ApiError(response)
        return response.json() if response.content else None

    def _keep(self, tokens: dict[str, Any]) -> None:
        self._tokens = tokens
        self._expires = time.monotonic() + tokens["expires_in"] - 30
