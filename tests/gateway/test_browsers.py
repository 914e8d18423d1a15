"""Browsers' sessions: tokens behind the door, nothing from another site, and no session lost on the way."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from apps.gateway.cookies import SealedCookies
from apps.gateway.domain import COOKIE, BrowserTokens
from tests.flows.world import PASSWORD, World

OURS = {"X-Marquee-Session": "cookie", "Origin": "http://web.test"}
LOGIN = {"email": "viewer@example.com", "password": PASSWORD}


@pytest.fixture
def door(world: World) -> TestClient:
    """A door whose cookies are handled here, as a browser would over TLS."""
    world.account("viewer")
    return world.door


def sign_in(door: TestClient) -> tuple[Any, str]:
    answer = door.post("/auth/login", json=LOGIN, headers=OURS)
    door.cookies.clear()
    return answer, answer.headers["set-cookie"].partition(";")[0]


def test_a_browser_gets_a_cookie_instead_of_tokens(door: TestClient) -> None:
    answer, cookie = sign_in(door)
    kept = answer.headers["set-cookie"]
    assert kept.startswith("__Host-session=")
    for attribute in ("Path=/", "Secure", "HttpOnly", "SameSite=Lax"):
        assert attribute in kept.split("; ")
    assert "Domain" not in kept
    assert {"access_token", "refresh_token"}.isdisjoint(answer.json())
    me = door.get("/auth/me", headers={"Cookie": cookie})
    assert me.json()["email"] == LOGIN["email"]


def test_apps_and_televisions_get_their_tokens(door: TestClient) -> None:
    answer = door.post("/auth/login", json=LOGIN)
    assert answer.json()["refresh_token"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Marquee-Session": "cookie"},
        {"Origin": "http://web.test"},
        {**OURS, "Origin": "http://evil.test"},
        {**OURS, "Origin": "null"},
        {**OURS, "Origin": "http://web.test.evil.test"},
        {**OURS, "Sec-Fetch-Site": "cross-site"},
        {**OURS, "Sec-Fetch-Site": "same-site"},
        {"X-Marquee-Session": "cookie", "Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_another_site_changes_nothing(door: TestClient, headers: dict[str, str]) -> None:
    _, cookie = sign_in(door)
    refused = door.post("/auth/logout-all", headers={**headers, "Cookie": cookie})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:marquee:cross-site")
    # Nor does it sign a browser in.
    asked = door.post("/auth/login", json=LOGIN, headers=headers)
    assert "set-cookie" not in asked.headers
    assert door.get("/auth/me", headers={"Cookie": cookie}).status_code == 200


@pytest.mark.parametrize(
    "headers", [OURS, {"X-Marquee-Session": "cookie", "Sec-Fetch-Site": "same-origin"}]
)
def test_a_page_of_ours_may(door: TestClient, headers: dict[str, str]) -> None:
    _, cookie = sign_in(door)
    assert door.post("/auth/logout-all", headers={**headers, "Cookie": cookie}).status_code == 204


def test_signing_out_ends_the_session_and_the_cookie(door: TestClient) -> None:
    _, cookie = sign_in(door)
    out = door.post("/auth/logout", headers={**OURS, "Cookie": cookie})
    assert (out.status_code, "Max-Age=0" in out.headers["set-cookie"]) == (204, True)
    assert out.headers["set-cookie"].startswith(f"{COOKIE}=;")


def expired(world: World, cookie: str) -> tuple[str, BrowserTokens]:
    """The same session with an access token that is over."""
    sealed = SealedCookies(_keys(world))
    held = sealed.read(cookie)
    assert held is not None
    old = BrowserTokens(held.access, held.refresh, 0)
    return sealed.kept(old).partition(";")[0], old


def _keys(world: World) -> dict[str, bytes]:
    import base64  # noqa: PLC0415

    return {n: base64.b64decode(k) for n, k in world.secrets["cookie_keys"].items()}


def test_an_old_token_is_renewed_on_the_way(world: World, door: TestClient) -> None:
    _, cookie = sign_in(door)
    old, before = expired(world, cookie)
    answer = door.get("/auth/me", headers={"Cookie": old})
    door.cookies.clear()
    assert answer.status_code == 200
    renewed = SealedCookies(_keys(world)).read(answer.headers["set-cookie"])
    assert renewed is not None
    assert renewed.refresh != before.refresh
    # That answer never came: the browser shows its old cookie again, long after auth's own grace.
    world.clock.turn(seconds=60)
    again = door.get("/auth/me", headers={"Cookie": old})
    assert again.status_code == 200
    assert SealedCookies(_keys(world)).read(again.headers["set-cookie"]) == renewed


def test_a_session_that_was_ended_elsewhere_takes_its_cookie_along(
    world: World, door: TestClient
) -> None:
    _, cookie = sign_in(door)
    old, _ = expired(world, cookie)
    door.post("/auth/logout-all", headers={**OURS, "Cookie": cookie})
    gone = door.get("/auth/me", headers={"Cookie": old})
    assert gone.status_code == 401
    public = door.get("/titles", headers={"Cookie": old})
    assert (public.status_code, "Max-Age=0" in public.headers["set-cookie"]) == (200, True)


def test_a_session_survives_auth_being_away(world: World, door: TestClient) -> None:
    _, cookie = sign_in(door)
    old, _ = expired(world, cookie)
    app = world.mesh.leave("auth")
    away = door.get("/titles", headers={"Cookie": old})
    assert (away.status_code, away.headers.get("set-cookie")) == (503, None)
    world.mesh.come_back("auth", app)
    assert door.get("/auth/me", headers={"Cookie": old}).status_code == 200


@pytest.mark.parametrize("change", ["", "x", "1.x", "9.AAAA", "1." + "A" * 40, "1.é"])
def test_a_forged_cookie_is_nobodys(door: TestClient, change: str) -> None:
    headers = {"Cookie": f"{COOKIE}={change}".encode()}
    answer = door.get("/auth/me", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code in (400, 401)


def test_a_sealed_cookie_opens_by_both_keys_and_no_other() -> None:
    tokens, keys = BrowserTokens("a", "r", 1.0), {"1": b"1" * 32, "2": b"2" * 32}
    first, second = SealedCookies(keys).kept(tokens), SealedCookies({"2": keys["2"]}).kept(tokens)
    for header in (first, second, f"other=1; {first}"):
        assert SealedCookies(keys).read(header.partition("; Path")[0]) == tokens
    assert SealedCookies({"3": b"3" * 32}).read(first) is None
    value = first.partition("=")[2].partition(";")[0]
    for at in range(2, len(value) - 1):
        forged = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
        assert SealedCookies(keys).read(f"{COOKIE}={forged}") is None
    assert json.dumps("r") not in first


def test_who_brings_a_token_needs_no_cookie_and_no_origin(world: World) -> None:
    viewer = world.account("app")
    answer = viewer(
        "POST", "/auth/logout-all", headers={"Cookie": f"{COOKIE}=x", "Origin": "http://evil.test"}
    )
    assert answer.status_code == 204
