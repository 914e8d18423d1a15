"""Titles and search: validated parameters, harmless filters, vectors that make sense."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.domain import Query, Title, TitleId
from apps.catalog.films import films
from apps.catalog.search import filters
from apps.catalog.vectors import vector
from apps.contracts.videos import Metadata
from scripts.local.parts import package_folder
from tests.flows.world import World, upload


@pytest.mark.parametrize(
    "params",
    [
        {"q": "x" * 10_000},
        {"limit": 0},
        {"limit": 101},
        {"year": 3},
        {"year_from": "x"},
        {"sort": "random"},
        {"country": "Germany"},
        {"max_age": -1},
        {"genre": ["x"] * 11},
        {"cursor": "!"},
        {"colour": "red"},
    ],
)
def test_search_parameters_out_of_range_are_refused(
    world: World, params: dict[str, object]
) -> None:
    assert world.door.get("/search", params=params).status_code == 422  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "target",
    [
        "/titles?limit=0",
        "/titles?limit=101",
        "/titles?cursor=!",
        "/search/suggest",
        "/search/suggest?q=",
        "/search/suggest?q=a&limit=21",
        f"/search/suggest?q={'x' * 101}",
        f"/videos/{uuid4()}/related?limit=51",
        f"/videos/{uuid4()}/related?max_age=22",
        "/videos/x/related",
        "/titles/x",
    ],
)
def test_list_parameters_out_of_range_are_refused(world: World, target: str) -> None:
    refused = world.door.get(target)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:marquee:unprocessable")


def test_a_search_ends_at_its_depth(world: World) -> None:
    from apps.kit.pages import encode  # noqa: PLC0415

    deep = world.door.get("/search", params={"cursor": encode("51"), "limit": 20})
    assert deep.status_code == 422


@given(st.text(max_size=60))
def test_no_value_leaves_its_backticks(value: str) -> None:
    built = filters(Query(genres=[value]))
    assert built.startswith("genres:=`")
    assert built.count("`") == 2


def test_filters_say_what_was_asked() -> None:
    asked = Query(genres=["Drama"], year_from=1990, year_to=1999, country="DE", max_age=12)
    assert filters(asked) == (
        "genres:=`Drama` && year:>=1990 && year:<=1999 && countries:=[`*`,`DE`] && min_age:<=12"
    )


def test_titles_that_share_people_are_nearer() -> None:
    def of(title: str, director: str, genre: str) -> list[float]:
        return vector(Metadata(title=title, directors=(director,), genres=(genre,)))

    def near(one: list[float], other: list[float]) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    alien = of("Alien", "Ridley Scott", "Horror")
    runner, shrek = (
        of("Blade Runner", "Ridley Scott", "Sci-Fi"),
        of("Shrek", "Adamson", "Animation"),
    )
    assert near(alien, runner) > near(alien, shrek)
    assert abs(near(alien, alien) - 1) < 1e-3


def test_old_facts_change_nothing() -> None:
    title = Title(TitleId(uuid4())).described(Metadata(title="new"), 5).publication(False, 6)
    assert title.described(Metadata(title="old"), 4) == title
    assert title.publication(True, 3) == title
    assert title.gone().publication(True, 9).visible is False


def test_a_title_shows_when_it_is_published_and_playable(world: World) -> None:
    studio = world.account("studio", "studio")
    video = upload(world, studio, publish=False)
    world.transcode()
    world.settle()
    assert world.door.get("/titles").json()["items"] == []
    studio("POST", f"/videos/{video}/publish")
    world.settle()
    assert [each["id"] for each in world.door.get("/titles").json()["items"]] == [video]


def test_a_change_while_search_is_away_arrives_later(world: World) -> None:
    studio = world.account("studio", "studio")
    video = upload(world, studio)
    world.transcode()
    world.settle()
    world.index.away = True
    studio("PUT", f"/videos/{video}", json={"title": "Arrakis"})
    world.mesh.deliver()
    away = world.door.get("/search", params={"q": "arrakis"})
    assert (away.status_code, away.headers["retry-after"]) == (503, "2")
    assert world.door.get(f"/titles/{video}").json()["metadata"]["title"] == "Arrakis"

    world.index.away = False
    world.settle()

    assert world.door.get("/search", params={"q": "arrakis"}).json()["total"] == 1


def test_a_reindex_has_every_visible_title(world: World) -> None:
    studio = world.account("studio", "studio")
    kept, gone = upload(world, studio), upload(world, studio, title="Gone")
    world.transcode()
    world.mesh.deliver()
    studio("DELETE", f"/videos/{gone}")
    world.mesh.deliver()

    assert world.catalog.reindex(lambda: None) == 1
    hits = world.door.get("/search").json()["items"]
    assert [hit["title"]["id"] for hit in hits] == [kept]


def test_the_seed_has_all_films_once() -> None:
    found = dict(films(package_folder("bokeh_sampledata") / "_data/movies.db"))
    assert len(found) > 17_400
    assert all(said.title for said in found.values())
