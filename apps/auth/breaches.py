"""Passwords from known breaches, asked for by a range of hashes: the password never leaves this process."""

import hashlib
import logging

import httpx

log = logging.getLogger(__name__)

SECONDS = 2.0


class BreachRanges:
    """An API like that of Have I Been Pwned: `GET <url>/<five hex digits>` gives the endings of SHA-1 hashes."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def contains(self, password: str) -> bool:
        """Whether a breach has it; where the API is away, nobody is kept from signing up."""
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            headers = {"Add-Padding": "true"}
            got = httpx.get(f"{self._url}/{digest[:5]}", headers=headers, timeout=SECONDS)
            got.raise_for_status()
        except httpx.HTTPError as error:
            log.warning("breach ranges are away", extra={"error": str(error)})
            return False
        ranges = (line.partition(":") for line in got.text.splitlines())
        # Padding has a count of 0.
        return any(end == digest[5:] and count.strip() != "0" for end, _, count in ranges)
