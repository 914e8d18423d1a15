"""A password from a breach is found by five digits of its hash; an API that is away keeps nobody out."""

import hashlib

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from apps.auth.breaches import BreachRanges
from tests.auth.github import serving

PORT = 27393
STOLEN = hashlib.sha1(b"stolen years ago", usedforsecurity=False).hexdigest().upper()
PADDING = hashlib.sha1(b"only padding", usedforsecurity=False).hexdigest().upper()


def ranges(asked: list[str]) -> FastAPI:
    app = FastAPI()

    @app.get("/range/{start}")
    def of(start: str) -> PlainTextResponse:
        asked.append(start)
        known = {STOLEN: 42, PADDING: 0, "F" * 40: 7}
        lines = [f"{each[5:]}:{count}" for each, count in known.items() if each.startswith(start)]
        return PlainTextResponse("\r\n".join(lines))

    return app


def test_the_hash_is_compared_here_and_only_its_beginning_leaves() -> None:
    asked: list[str] = []
    with serving(ranges(asked), PORT):
        known = BreachRanges(f"http://127.0.0.1:{PORT}/range/")
        assert known.contains("stolen years ago")
        assert not known.contains("only padding")
        assert not known.contains("never seen anywhere")
    assert asked[:2] == [STOLEN[:5], PADDING[:5]]
    assert {len(start) for start in asked} == {5}


def test_an_api_that_is_away_keeps_nobody_out() -> None:
    assert not BreachRanges("http://127.0.0.1:1/range").contains("stolen years ago")
