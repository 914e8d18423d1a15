"""Debian's Chromium plays the encrypted film, and stops with the right error when it must."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from scripts.local.browser import chromium_page, play
from scripts.local.parts import sample_film
from tests.platform.stage import Stage

pytestmark = pytest.mark.browser

LICENCE_REQUEST_FAILED, BAD_HTTP_STATUS = 6007, 1001


@pytest.fixture(scope="module")
def page(stage: Stage) -> Iterator[Page]:
    with chromium_page(stage.places.gateway_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def growing(stage: Stage, page: Page) -> dict[str, Any]:
    """What happens when the film is played while it is still being made."""
    video = stage.upload(sample_film(), "Big Buck Bunny")
    ticket = stage.session(video)
    return {"video": video, "prefix": ticket["manifests"]["dash"], "played": play(page, ticket, 5)}


@pytest.fixture(scope="module")
def video(stage: Stage, growing: dict[str, Any]) -> str:
    assert stage.ended(growing["video"], 240)["job"]["state"] == "completed"
    return str(growing["video"])


def test_a_film_plays_while_it_grows(growing: dict[str, Any]) -> None:
    assert "/1s1/" in growing["prefix"]
    assert growing["played"]["error"] is None
    assert growing["played"]["position"] >= 5
    assert growing["played"]["frames"] > 60


def test_the_whole_film_plays_in_high_definition(stage: Stage, page: Page, video: str) -> None:
    stage.grant("hd")
    ticket = stage.until(
        lambda: (t := stage.session(video)) and "/1p" in t["manifests"]["dash"] and t
    )
    played = play(page, ticket, 5)
    assert played["error"] is None
    assert played["frames"] > 60
    assert max(played["heights"]) == 720


def test_a_plan_without_hd_gets_no_hd_key(stage: Stage, page: Page, video: str) -> None:
    stage.grant("sd")
    played = play(page, stage.session(video), 3)
    stage.grant("hd")
    assert played["error"] is None
    assert max(played["heights"]) == 480


def test_a_refused_licence_stops_playback(stage: Stage, page: Page, video: str) -> None:
    ticket = stage.session(video)
    stage.viewer.call("DELETE", f"/playback/sessions/{ticket['session_id']}")
    played = play(page, ticket)
    assert LICENCE_REQUEST_FAILED in (played["error"], *played["codes"])


def test_an_expired_delivery_token_stops_playback(stage: Stage, page: Page, video: str) -> None:
    ticket = stage.session(video)
    claims, _, mac = ticket["delivery_token"].partition(".")
    expired = {**ticket, "delivery_token": f"{claims[:-2]}AA.{mac}"}
    played = play(page, expired)
    assert (played["error"], played["status"]) == (BAD_HTTP_STATUS, 403)


def test_the_page_finds_and_plays(stage: Stage, page: Page, video: str) -> None:
    stage.session(video)
    page.goto(stage.places.gateway_url)
    page.fill("#email", "viewer@example.com")
    page.fill("#password", stage.platform.secrets["viewer_password"])
    page.click("#login button")
    page.wait_for_selector("#login", state="hidden")
    page.fill("#q", "big buck")
    page.wait_for_selector("text=Big Buck Bunny")
    page.click("#titles button")
    # Not wait_for_function: it evaluates a string in the page, which the page's own policy forbids.
    assert stage.until(
        lambda: page.evaluate("() => document.getElementById('video').currentTime") > 1
    )
