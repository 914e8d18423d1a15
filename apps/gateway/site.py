"""The small web pages and the documentation, with a content security policy of their own."""

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from apps.kit.errors import NotFoundError

_SCRIPTS = {
    "shaka-player.js": "shaka-player/dist/shaka-player.compiled.js",
    "swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
}
# What the links in mails lead to.
_LINKS = ("verify", "reset", "sign-in", "device", "oauth/google", "oauth/github")
_DOCS = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Marquee API</title>
<link rel="stylesheet" href="/assets/swagger-ui.css"><div id="docs"></div>
<script src="/assets/swagger-ui.js"></script><script src="/assets/docs.js"></script></html>"""


def _page(text: str, headers: Mapping[str, str]) -> Callable[[], Response]:
    def page() -> Response:
        return HTMLResponse(text, headers=headers)

    return page


def site(web: Path, vendor: Path, media_url: str) -> APIRouter:
    """Pages out of `web`, third-party scripts out of `vendor` (a node_modules folder)."""
    router = APIRouter(include_in_schema=False)
    policy = (
        f"default-src 'self'; connect-src 'self' {media_url}; img-src 'self' data: {media_url};"
        f" media-src blob: {media_url}; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}

    home = (web / "index.html").read_text().replace("{media}", escape(media_url))
    account = (web / "account.html").read_text()
    for path, text in (
        ("/", home),
        ("/docs", _DOCS),
        *((f"/account/{name}", account) for name in _LINKS),
    ):
        router.add_api_route(path, _page(text, headers))

    @router.get("/assets/{name}")
    def asset(name: str) -> Response:
        path = vendor / _SCRIPTS[name] if name in _SCRIPTS else web / "assets" / name
        if not path.is_file() or path.suffix not in (".js", ".css"):
            raise NotFoundError(f"no asset {name}")
        return FileResponse(path, headers={"Cache-Control": "public, max-age=300"})

    return router
