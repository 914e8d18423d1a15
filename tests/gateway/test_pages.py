"""Pages: what came in time, what is missing, and nothing again that is known already."""

from typing import Any

import pytest

from apps.gateway.domain import PLAN_FACTORS, QUOTAS, Rate
from tests.flows.world import Account, World, upload
from tests.profiles.titles import watched


@pytest.fixture
def viewer(world: World) -> Account:
    return world.account("viewer")


@pytest.fixture
def film(world: World) -> str:
    video = upload(world, world.account("studio", "studio"), title="Dune")
    world.transcode()
    world.settle()
    return video


def rows(home: Any) -> dict[str, list[str]]:
    return {row["id"]: [card["id"] for card in row["titles"]] for row in home["rows"]}


def test_the_home_page_has_the_profiles_rows_first(
    world: World, viewer: Account, film: str
) -> None:
    assert rows(viewer("GET", "/pages/home").json()) == {"new": [film], "drama": [film]}
    watched(world, viewer.id, film, 12.0)
    viewer("PUT", f"/profiles/{viewer.id}/{viewer.id}/watchlist/{film}")
    home = viewer("GET", "/pages/home").json()
    assert list(rows(home)) == ["continue-watching", "watchlist", "new", "drama"]
    card = home["rows"][0]["titles"][0]
    assert (card["title"], card["position_seconds"]) == ("Dune", 12.0)
    assert world.door.get("/pages/home").status_code == 401


def test_a_page_goes_without_what_is_away(world: World, viewer: Account, film: str) -> None:
    viewer("PUT", f"/profiles/{viewer.id}/{viewer.id}/watchlist/{film}")
    viewer("GET", "/pages/home")
    world.index.away = True
    profiles = world.mesh.leave("profiles")
    home = viewer("GET", "/pages/home").json()
    assert rows(home) == {"new": [film]}
    assert {"continue-watching", "watchlist", "drama"} <= set(home["missing"])
    title = viewer("GET", f"/pages/titles/{film}").json()
    assert set(title["missing"]) == {"related", "reviews", "position"}
    account = viewer("GET", "/pages/account").json()
    assert (account["household"], account["missing"]) == (None, ["household"])
    assert account["account"]["email"] == "viewer@example.com"
    world.mesh.come_back("profiles", profiles)
    assert viewer("GET", "/pages/account").json()["missing"] == []


def test_a_title_page_says_how_far_the_profile_is(world: World, viewer: Account, film: str) -> None:
    watched(world, viewer.id, film, 7.0)
    page = viewer("GET", f"/pages/titles/{film}").json()
    assert (page["position"]["position_seconds"], page["missing"]) == (7.0, [])
    assert world.door.get(f"/pages/titles/{film}").json()["position"] is None


@pytest.mark.parametrize("path", ["/titles", "/pages/home", "/pages/account", "/search"])
def test_what_is_known_is_not_sent_again(viewer: Account, film: str, path: str) -> None:
    first = viewer("GET", path)
    assert first.headers["cache-control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["etag"]}
    again = viewer("GET", path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = viewer("GET", path, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_changed_content_has_another_tag(world: World, viewer: Account, film: str) -> None:
    path = f"/profiles/{viewer.id}/{viewer.id}/watchlist"
    before = viewer("GET", path).headers["etag"]
    viewer("PUT", f"{path}/{film}")
    assert viewer("GET", path, headers={"If-None-Match": before}).status_code == 200


def test_a_bigger_plan_has_bigger_buckets(world: World, viewer: Account, film: str) -> None:
    def burst() -> int:
        said = viewer("GET", "/titles").headers["ratelimit-policy"]
        return int(said.split(";q=")[1].split(";")[0])

    own = QUOTAS[Rate.READ][0].burst
    assert burst() == own * PLAN_FACTORS["hd"]
    world.account("boss", "operator")("PUT", f"/households/{viewer.id}/plan", json={"plan": "sd"})
    world.settle()
    assert burst() == own


@pytest.mark.parametrize("origin", ["https://app.example", "https://tv.example"])
def test_listed_origins_may_read(world: World, origin: str) -> None:
    answer = world.door.get("/titles", headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization"}  # fmt: skip
    assert world.door.options("/titles", headers=asked).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://app.example.evil", "null", "http://app.example", "https://APP.example.org"]
)
def test_no_other_origin_may(world: World, origin: str) -> None:
    answer = world.door.get("/titles", headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert world.door.options("/titles", headers=asked).status_code == 400
