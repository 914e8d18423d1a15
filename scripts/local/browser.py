"""Debian's Chromium, headless, driven by Playwright: plays a session in the platform's own page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, sync_playwright

from scripts.local.errors import LauncherError

_FLAGS = ("--autoplay-policy=no-user-gesture-required", "--no-sandbox", "--disable-gpu")
PLAY_MS = 20_000


@contextmanager
def chromium_page(url: str) -> Iterator[Page]:
    """A page of the platform in a fresh browser."""
    path = shutil.which("chromium")
    with sync_playwright() as playwright:
        # Browsers decrypt for secure origins only; the cluster's load balancer, which ends TLS, is not here.
        trusting = f"--unsafely-treat-insecure-origin-as-secure={url}"
        browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS, trusting])
        try:
            page = browser.new_page()
            missing: list[str] = []
            page.on(
                "response",
                lambda got: None if got.ok else missing.append(f"{got.status} {got.url}"),
            )
            page.on("requestfailed", lambda asked: missing.append(f"{asked.failure} {asked.url}"))
            page.goto(url)
            if missing:
                raise LauncherError(f"the page is not whole: {'; '.join(missing)}")
            yield page
        finally:
            browser.close()


def play(page: Page, ticket: dict[str, Any], until_seconds: float = 0.0) -> dict[str, Any]:
    """Play a ticket in the page until a position; what the page measured, or its error code."""
    asked = {"ticket": ticket, "until": until_seconds, "limit": PLAY_MS}
    played: dict[str, Any] = page.evaluate("asked => window.marquee.measure(asked)", asked)
    return played


def first_frame_ms(url: str, ticket: dict[str, Any]) -> float | None:
    """Milliseconds from load() to the first frame; None where there is no Chromium."""
    if shutil.which("chromium") is None:
        return None
    with chromium_page(url) as page:
        played = play(page, ticket)
    value = played.get("first_frame_ms")
    return float(value) if value is not None else None
