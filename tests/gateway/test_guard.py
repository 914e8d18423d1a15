"""Paths and headers that two readers could understand differently get no further than the door."""

import pytest
from starlette.testclient import TestClient

from apps.gateway.domain import AmbiguousRequestError
from apps.gateway.guard import HEADERS_MOST, check_headers, check_path
from tests.flows.world import World

AMBIGUOUS_PATHS = (
    "/%69nternal/x", "/internal%2Fx", "/internal%2fx", "//internal/x", "/./x", "/a/../x", "/a/..",
    "/a/.", "/%2e%2e/x", "/%2E/x", "/x;a=b", "/x%00", "/x%0a", "/x%0D", "/%252e", "/x\\y", "/x%5cy",
    "/x%5Cy", "http://other/x", "x", "", "/x y", "/x\ty", "/x\x00", "/x\xff", "/%zz", "/%", "/%4",
    "/x#y", "/titles/%41", "/titles/%30", "/%7Euser", "/%7e", "/%2Dx", "/%5f", "/a//b", "/a/b//",
    "/" + "x" * 9000,
)  # fmt: skip
PLAIN_PATHS = ("/", "/titles", "/titles/0190-ab_c.d~e", "/search/suggest", "/.well-known/jwks.json",
               "/caf%C3%A9", "/a%20b", "/...")  # fmt: skip


@pytest.mark.parametrize("path", AMBIGUOUS_PATHS, ids=repr)
def test_a_path_with_another_spelling_is_refused(path: str) -> None:
    with pytest.raises(AmbiguousRequestError):
        check_path(path.encode("latin-1"))


@pytest.mark.parametrize("path", PLAIN_PATHS)
def test_a_plain_path_goes_through(path: str) -> None:
    check_path(path.encode())


AMBIGUOUS_HEADERS: tuple[list[tuple[bytes, bytes]], ...] = (
    [(b"content-length", b"1"), (b"transfer-encoding", b"chunked")],
    [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")],
    [(b"host", b"a"), (b"Host", b"b")],
    [(b"content-length", b"1"), (b"content-length", b"2")],
    [(b"x_user", b"root")],
    [(b"x", b"a\nx-user: root")],
    [(b"x", b"a\rb")],
    [(b"x", b"\x00")],
    [(f"x{n}".encode(), b"") for n in range(HEADERS_MOST + 1)],
    [(b"x", b"y" * 70_000)],
)


@pytest.mark.parametrize("headers", AMBIGUOUS_HEADERS, ids=lambda h: h[0][0].decode())
def test_ambiguous_headers_are_refused(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(AmbiguousRequestError):
        check_headers(headers)


def test_plain_headers_go_through() -> None:
    check_headers(
        [(b"host", b"a"), (b"content-length", b"1"), (b"accept", b"a"), (b"accept", b"b")]
    )


def test_every_answer_has_the_security_headers(world: World) -> None:
    for path in ("/titles", "/nothing", "/", "/docs"):
        headers = world.door.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "max-age" in headers["strict-transport-security"]


def test_the_door_needs_a_good_token(world: World) -> None:
    viewer = world.account("viewer")
    door: TestClient = world.door
    assert door.get("/videos").status_code == 401
    assert viewer("GET", "/videos").status_code == 403
    for token in ("", "x", "a.b.c", viewer.tokens["refresh_token"]):
        refused = door.get("/videos", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401
    assert door.get("/titles", headers={"Authorization": "Basic x"}).status_code == 401


def test_wrong_methods_and_paths_are_named(world: World) -> None:
    wrong = world.door.delete("/titles")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")
    assert world.door.get("/nowhere").status_code == 404
    assert world.door.get("/metrics/x").status_code == 404


def test_what_the_door_sets_cannot_be_brought_along(world: World) -> None:
    forged = {"X-Playback-Token": "x", "X-User": "root"}
    refused = world.door.post("/drm/clearkey", content=b"{}", headers=forged)
    assert refused.status_code == 401


def test_one_document_describes_the_door(world: World) -> None:
    document = world.door.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/videos", "/search", "/drm/{system}", "/pages/titles/{title_id}"} <= set(
        document["paths"]
    )
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["operationId"]
            assert "422" in operation["responses"] or "200" in operation["responses"]


def test_a_page_is_composed_and_marks_what_is_missing(world: World) -> None:
    from tests.flows.world import upload  # noqa: PLC0415

    video = upload(world, world.account("studio", "studio"))
    world.transcode()
    world.settle()
    assert world.door.get(f"/pages/titles/{video}").json()["missing"] == []
    world.index.away = True
    page = world.door.get(f"/pages/titles/{video}").json()
    assert (page["missing"], page["title"]["id"]) == (["related"], video)
