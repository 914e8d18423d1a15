"""A stand-in for GitHub: its pages and its API, with its own ways of saying no."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import parse_qs

import uvicorn
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from tests.flows.world import CLIENT_SECRET

CLIENT_ID = "marquee-here"


class GitHubHere:
    """One account that says yes to everybody; each code is good once, for who can show its verifier."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.user: dict[str, Any] = {"id": 583231, "login": "ada", "email": None}
        self.emails: list[dict[str, Any]] = [
            {"email": "old@example.com", "primary": False, "verified": True},
            {"email": "ada@example.com", "primary": True, "verified": True},
        ]
        self._codes: dict[str, str] = {}
        self._tokens: set[str] = set()
        self.app = FastAPI()
        self.app.get("/login/oauth/authorize")(self.authorize)
        self.app.post("/login/oauth/access_token")(self.access_token)
        self.app.get("/user")(self.who)
        self.app.get("/user/emails")(self.addresses)

    def authorize(
        self, client_id: str, redirect_uri: str, state: str, code_challenge: str
    ) -> Response:
        assert client_id == CLIENT_ID
        code = secrets.token_urlsafe(15)
        self._codes[code] = code_challenge
        return RedirectResponse(f"{redirect_uri}?code={code}&state={state}", 302)

    async def access_token(self, request: Request) -> Response:
        asked = {
            name: values[0] for name, values in parse_qs((await request.body()).decode()).items()
        }
        challenge = self._codes.pop(asked.get("code", ""), None)
        own = (asked.get("client_id"), asked.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge is None or not own or challenge != shown:
            # As the real one does: 200, and an error inside.
            return JSONResponse({"error": "bad_verification_code"})
        token = f"gho_{secrets.token_urlsafe(20)}"
        self._tokens.add(token)
        return JSONResponse({"access_token": token, "token_type": "bearer", "scope": "user:email"})

    def who(self, authorization: Annotated[str, Header()] = "") -> Response:
        return self._answer(authorization, self.user)

    def addresses(self, authorization: Annotated[str, Header()] = "") -> Response:
        return self._answer(authorization, self.emails)

    def _answer(self, authorization: str, what: Any) -> Response:
        if authorization.removeprefix("Bearer ") not in self._tokens:
            return JSONResponse({"message": "Bad credentials"}, 401)
        return JSONResponse(what)


@contextmanager
def serving(app: Any, port: int) -> Iterator[None]:
    """An app on a port, until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.05)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
