"""The links in mails, followed as their readers follow them."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from scripts.local.browser import chromium_page
from tests.platform.stage import Stage

pytestmark = pytest.mark.browser

EMAIL, OLD, NEW = "reader@example.com", "the first of two", "the second of two"


@pytest.fixture(scope="module")
def page(stage: Stage) -> Iterator[Page]:
    asked = {"email": EMAIL, "password": OLD}
    httpx.post(f"{stage.places.gateway_url}/auth/signup", json=asked).raise_for_status()
    with chromium_page(stage.places.gateway_url) as opened:
        yield opened


def link(stage: Stage, subject: str) -> str:
    """The link of the newest mail with a subject; waited for."""

    def found() -> str | None:
        for letter in httpx.get(f"{stage.places.mailbox_url}/letters").json():
            if (letter["to"], letter["subject"]) == (EMAIL, f"Marquee: {subject}"):
                url = re.search(r"http\S+", letter["text"])
                return url.group() if url else None
        return None

    return str(stage.until(found))


def ask(stage: Stage, path: str) -> None:
    answer = httpx.post(f"{stage.places.gateway_url}{path}", json={"email": EMAIL})
    assert answer.status_code == 202


def test_an_address_is_confirmed(stage: Stage, page: Page) -> None:
    page.goto(link(stage, "Confirm your address"))
    assert "#" not in page.url
    page.get_by_role("button", name="Confirm this address").click()
    expect(page.get_by_role("status")).to_have_text("Your address is confirmed.")
    query = "SELECT email_verified_at IS NOT NULL FROM auth.users WHERE email = %s"
    assert stage.sql(query, EMAIL) == [(True,)]


def test_a_used_link_says_so(stage: Stage, page: Page) -> None:
    page.goto(link(stage, "Confirm your address"))
    page.get_by_role("button", name="Confirm this address").click()
    expect(page.get_by_role("status")).to_contain_text("no longer good")


def test_a_password_is_chosen_anew(stage: Stage, page: Page) -> None:
    ask(stage, "/auth/password/forgot")
    page.goto(link(stage, "Choose a new password"))
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed.")
    for password, status in ((OLD, 401), (NEW, 200)):
        asked = {"email": EMAIL, "password": password}
        got = httpx.post(f"{stage.places.gateway_url}/auth/login", json=asked)
        assert got.status_code == status


def test_a_link_signs_in(stage: Stage, page: Page) -> None:
    ask(stage, "/auth/email/login")
    page.goto(link(stage, "Sign in"))
    page.get_by_role("button", name="Sign in on this device").click()
    page.wait_for_url(f"{stage.places.gateway_url}/")
    expect(page.locator("#login")).to_be_hidden()


def test_a_television_is_let_in(stage: Stage, page: Page) -> None:
    url = stage.places.gateway_url
    codes = httpx.post(f"{url}/auth/device/code", json={"device": "The sofa's"}).json()
    page.goto(codes["verification_uri_complete"])
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(NEW)
    page.get_by_role("button", name="Find the device").click()
    expect(page.locator("#asks")).to_contain_text("“The sofa's”")
    page.get_by_role("button", name="Let it in").click()
    expect(page.get_by_role("status")).to_have_text("The device is signed in.")
    asked = {"device_code": codes["device_code"]}
    assert httpx.post(f"{url}/auth/device/token", json=asked).status_code == 200
