"""Signing in by Google (nanoidp, with OAuth 2.1's strictness) and GitHub (a stand-in of our own)."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from apps.auth.providers import OpenIdProvider
from apps.kit.errors import UnavailableError
from tests.auth.github import GitHubHere, serving
from tests.flows.world import CLIENT_SECRET, PASSWORD, Account, World

GOOGLE, GITHUB_PORT = "http://127.0.0.1:27391", 27392
PROVIDERS = ("google", "github")
SETTINGS = f"""
config_version: 1
server: {{host: 127.0.0.1, port: 27391}}
oauth:
  issuer: {GOOGLE}
  audience: marquee-here
  clients:
    - client_id: marquee-here
      client_secret: "{CLIENT_SECRET}"
      token_endpoint_auth_method: client_secret_post
      redirect_uris: ["http://web.test/account/oauth/google"]
"""
USERS = """
config_version: 1
users:
  ada: {password: hers, email: ada@example.com}
  eve: {password: hers, email: eve@example.com}
"""


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("nanoidp")
    (folder / "settings.yaml").write_text(SETTINGS)
    (folder / "users.yaml").write_text(USERS)
    argv = [sys.executable, "-m", "nanoidp", "--profile", "oauth21", "--config", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=folder, stdout=log, stderr=log)
    try:
        give_up = time.monotonic() + 30
        while not answers(f"{GOOGLE}/.well-known/openid-configuration"):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < give_up
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def github_here() -> Iterator[GitHubHere]:
    here = GitHubHere(GITHUB_PORT)
    with serving(here.app, GITHUB_PORT):
        yield here


@pytest.fixture
def github(github_here: GitHubHere) -> GitHubHere:
    for email in github_here.emails:
        email["verified"] = True
    return github_here


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue(request.param)
    return str(request.param)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def agree(url: str, who: str = "ada") -> dict[str, str]:
    """What the provider's redirect brings back, after somebody signed in there and said yes."""
    with httpx.Client() as browser:
        page = browser.get(url)
        if page.status_code == 200:
            transaction = re.search(r'name="transaction_id" value="([^"]+)"', page.text)
            assert transaction
            form = {"transaction_id": transaction.group(1), "username": who, "password": "hers"}
            page = browser.post(url, data=form)
    assert page.status_code in (302, 303), page.text[:500]
    return dict(parse_qsl(urlsplit(page.headers["location"]).query))


def begin(world: World, provider: str, who: str = "ada") -> dict[str, str]:
    """What a browser brings back from a provider, with what it has kept."""
    away = world.door.get(f"/auth/oauth/{provider}/start").json()
    return {**agree(away["url"], who), "binding": away["binding"]}


def finish(world: World, provider: str, returned: dict[str, str]) -> Any:
    return world.door.post(f"/auth/oauth/{provider}/callback", json=returned)


def users(world: World) -> list[tuple[str, bool, bool]]:
    """Address, whether it is verified, whether there is a password."""
    query = "SELECT email, email_verified_at IS NOT NULL, password_hash IS NOT NULL FROM users"
    with world.databases["auth"].begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query).all()]


def test_an_account_is_made_and_found_again(world: World, provider: str) -> None:
    for _ in range(2):
        answer = finish(world, provider, begin(world, provider))
        assert answer.status_code == 200, answer.text
    ada = Account(world.door, answer.json())
    assert ada("GET", "/auth/me").json()["email_verified"] is True
    assert [i["provider"] for i in ada("GET", "/auth/identities").json()["items"]] == [provider]
    assert users(world) == [("ada@example.com", True, False)]
    # No password opens an account that has none.
    login = {"email": "ada@example.com", "password": PASSWORD}
    assert world.door.post("/auth/login", json=login).status_code == 401


def test_a_verified_account_is_linked(world: World, provider: str) -> None:
    ada = world.account("ada")
    secret = world.mail()[0].text.partition("#")[2].split()[0]
    world.door.post("/auth/email/verify", json={"token": secret})
    answer = finish(world, provider, begin(world, provider))
    assert Account(world.door, answer.json()).id == ada.id
    assert [m.subject for m in world.mail()] == ["Marquee: Another way to sign in"]


def test_who_came_before_with_anothers_address_goes(world: World, provider: str) -> None:
    attacker = world.account("ada")
    answer = finish(world, provider, begin(world, provider))
    owner = Account(world.door, answer.json())
    assert owner.id != attacker.id
    assert users(world) == [("ada@example.com", True, False)]
    refreshed = {"refresh_token": attacker.tokens["refresh_token"]}
    assert world.door.post("/auth/refresh", json=refreshed).status_code == 401


def test_an_address_that_is_not_verified_there_opens_nothing(
    world: World, github: GitHubHere
) -> None:
    for email in github.emails:
        email["verified"] = False
    answer = finish(world, "github", begin(world, "github"))
    assert (answer.status_code, answer.json()["type"]) == (
        403,
        "urn:marquee:provider-email-unverified",
    )
    assert users(world) == []


def test_what_comes_back_is_good_once_and_for_its_own_browser(world: World, provider: str) -> None:
    returned = begin(world, provider)
    stranger = begin(world, provider)
    mixed = {**returned, "binding": stranger["binding"]}
    assert finish(world, provider, mixed).status_code == 401
    # Even its owner cannot use it after that.
    assert finish(world, provider, returned).status_code == 401
    assert finish(world, provider, stranger).status_code == 200
    assert finish(world, provider, stranger).status_code == 401
    late = begin(world, provider)
    world.clock.turn(minutes=10, seconds=1)
    assert finish(world, provider, late).status_code == 401


def test_what_belongs_to_another_flow_is_refused(world: World, provider: str) -> None:
    for column in ("nonce", "provider"):
        returned = begin(world, provider)
        with world.databases["auth"].begin() as connection:
            connection.exec_driver_sql(f"UPDATE flows SET {column} = 'another'")
        refused = finish(world, provider, returned).status_code
        # GitHub has no nonce; its code is bound by PKCE alone.
        assert refused == (200 if (provider, column) == ("github", "nonce") else 401)
    one, two = begin(world, provider), begin(world, provider)
    # A code that was given for another verifier.
    assert finish(world, provider, {**one, "code": two["code"]}).status_code == 401
    mixed_up = {**begin(world, provider), "iss": "https://evil.test"}
    assert finish(world, provider, mixed_up).status_code == 401


def test_an_account_elsewhere_is_linked_by_hand(world: World, provider: str) -> None:
    grace = world.account("grace")

    def link(somebody: Account) -> int:
        away = somebody("POST", f"/auth/oauth/{provider}/link/start").json()
        returned = {**agree(away["url"]), "binding": away["binding"]}
        # A flow that links signs nobody in.
        return int(somebody("POST", f"/auth/oauth/{provider}/link", json=returned).status_code)

    assert link(grace) == 204
    assert link(grace) == 204
    answer = finish(world, provider, begin(world, provider))
    assert Account(world.door, answer.json()).id == grace.id
    assert link(world.account("mallory")) == 409


def test_a_provider_we_do_not_know_is_named(world: World) -> None:
    answer = world.door.get("/auth/oauth/myspace/start")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:marquee:provider-not-found")


def test_a_provider_that_is_away_is_said_to_be() -> None:
    nobody = OpenIdProvider(
        "http://127.0.0.1:1", "marquee-here", CLIENT_SECRET, "http://web.test/x"
    )
    with pytest.raises(UnavailableError):
        nobody.authorize_url("state", "nonce", "challenge")
