"""What a profile thinks: ratings, what is not for it, and reviews under moderation."""

from typing import Any

import pytest

from tests.flows.world import Account, World
from tests.profiles.test_households import add, choose, code
from tests.profiles.test_lists import own, titles
from tests.profiles.titles import publish


@pytest.fixture
def viewer(world: World) -> Account:
    return world.account("viewer")


@pytest.fixture
def film(world: World) -> str:
    return publish(world, "Alien", min_age=16)


def said(world: World, topic: str) -> list[Any]:
    world.mesh.deliver()
    return [data for name, data in world.mesh.facts if name == topic]


def test_a_title_is_rated_and_the_rating_taken_back(
    world: World, viewer: Account, film: str
) -> None:
    path = f"{own(viewer)}/ratings/{film}"
    for asked in ({"stars": 4}, {"stars": 4}, {"stars": 5, "thumb": "up"}, {"thumb": "down"}):
        assert viewer("PUT", path, json=asked).status_code == 200
    assert viewer("GET", f"{own(viewer)}/ratings").json()["items"][0]["thumb"] == "down"
    assert viewer("DELETE", path).json() == {
        "title_id": film, "stars": None, "thumb": None, "not_for_me": False,
    }  # fmt: skip
    assert titles(viewer, "ratings") == []
    told = said(world, "profiles.title_rated")
    assert [(data["sequence"], data["stars"], data["thumb"]) for data in told] == [
        (1, 4, None), (2, 5, "up"), (3, None, "down"), (4, None, None),
    ]  # fmt: skip
    wrong: list[dict[str, object]] = [
        {},
        {"stars": 0},
        {"stars": 6},
        {"stars": 4.0},
        {"thumb": "x"},
    ]
    assert [viewer("PUT", path, json=each).status_code for each in wrong] == [422] * 5


def test_what_is_not_for_me_is_listed_until_it_is(world: World, viewer: Account, film: str) -> None:
    path = f"{own(viewer)}/not-for-me/{film}"
    assert viewer("PUT", path).json()["not_for_me"] is True
    assert titles(viewer, "not-for-me") == [film]
    viewer("DELETE", path)
    assert titles(viewer, "not-for-me") == []
    assert [data["not_for_me"] for data in said(world, "profiles.title_rated")] == [True, False]


def review(viewer: Account, film: str, text: str = "Quiet, then loud.", **more: Any) -> Any:
    return viewer("PUT", f"{own(viewer)}/reviews/{film}", json={"text": text, **more})


def read(world: World, film: str) -> list[tuple[str, str]]:
    page = world.door.get(f"/titles/{film}/reviews").json()
    return [(each["author"], each["text"]) for each in page["items"]]


def test_a_profile_reviews_a_title_once(world: World, viewer: Account, film: str) -> None:
    first = review(viewer, film).json()
    again = review(viewer, film, "Louder.", spoiler=True).json()
    assert (first["id"], first["edited_at"]) == (again["id"], None)
    assert again["edited_at"]
    assert read(world, film) == [("Me", "Louder.")]
    assert viewer("GET", f"{own(viewer)}/reviews/{film}").json() == again
    assert [data["sequence"] for data in said(world, "profiles.review_posted")] == [1, 2]
    viewer("DELETE", f"{own(viewer)}/reviews/{film}")
    assert read(world, film) == []
    assert code(viewer("GET", f"{own(viewer)}/reviews/{film}")) == (404, "review-not-found")
    assert [review(viewer, film, text).status_code for text in ("", " ", "x" * 5001, "a\x00")] == [
        422
    ] * 4


def test_limited_profiles_write_no_reviews(viewer: Account, world: World) -> None:
    kid, title = add(viewer, "Kim", kids=True), publish(world, "Heidi")
    choose(viewer, kid)
    asked = {"text": "mine"}
    refused = viewer("PUT", f"/profiles/{viewer.id}/{kid}/reviews/{title}", json=asked)
    assert code(refused) == (403, "review-refused")


def test_reports_hold_a_review_until_an_operator_decides(
    world: World, viewer: Account, film: str
) -> None:
    operator, readers = world.account("boss", "operator"), [world.account(n) for n in "abcd"]
    mine = review(viewer, film).json()["id"]

    def report(by: Account) -> int:
        asked = by("POST", f"/reviews/{mine}/reports", json={"reason": "abuse"})
        return int(asked.status_code)

    def queue() -> list[tuple[str, int, str]]:
        items = operator("GET", "/reviews/reported").json()["items"]
        return [(each["id"], each["reports"], each["state"]) for each in items]

    assert [report(readers[0]), report(readers[0]), report(readers[1])] == [204, 204, 204]
    assert queue() == [(mine, 2, "shown")]
    assert read(world, film)
    assert report(readers[2]) == 204
    assert (queue(), read(world, film)) == ([(mine, 3, "held")], [])
    assert report(readers[3]) == 404

    def decide(how: str) -> None:
        assert operator("POST", f"/reviews/{mine}/decision", json={"decision": how}).is_success

    decide("keep")
    assert (queue(), len(read(world, film))) == ([], 1)
    decide("remove")
    assert read(world, film) == []
    # Other words have to be looked at, too.
    assert review(viewer, film, "Sorry.").json()["state"] == "held"
    assert (read(world, film), len(queue())) == ([], 1)
    assert viewer("GET", "/reviews/reported").status_code == 403
    assert viewer("POST", f"/reviews/{mine}/decision", json={"decision": "keep"}).status_code == 403


def test_all_that_a_household_said_goes_with_it(world: World, viewer: Account, film: str) -> None:
    reader = world.account("reader")
    review(viewer, film)
    review(reader, film)
    theirs = next(r["id"] for r in world.door.get(f"/titles/{film}/reviews").json()["items"])
    viewer("POST", f"/reviews/{theirs}/reports", json={"reason": "spam"})
    viewer("PUT", f"{own(viewer)}/ratings/{film}", json={"stars": 1})
    viewer("PUT", f"{own(viewer)}/watchlist/{film}")
    viewer("PUT", f"{own(viewer)}/positions/{film}", json={"position_seconds": 100})
    viewer("DELETE", "/auth/me")
    world.settle()
    kept = {}
    with world.databases["profiles"].begin() as connection:
        for table in ("watchlists", "positions", "opinions", "reviews", "reports"):
            query = f"SELECT user_id FROM {table}"
            kept[table] = [row[0] for row in connection.exec_driver_sql(query)]
    assert kept.pop("reviews") == [reader.id]
    assert kept == {"watchlists": [], "positions": [], "opinions": [], "reports": []}
