"""A kids profile meets nothing that it may not see, on any route that the door has."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows.world import Account, World, send
from tests.profiles.test_households import add, choose
from tests.profiles.titles import RATINGS

LIMIT = 12


@dataclass(frozen=True)
class Film:
    """A film with one board's verdict, and a word that stands in nothing else."""

    id: str
    word: str
    min_age: int


@pytest.fixture
def films(world: World) -> list[Film]:
    studio, made = world.account("studio", "studio"), []
    for number, (system, value, min_age) in enumerate(RATINGS):
        word = f"{'zzblocked' if min_age > LIMIT else 'qqallowed'}{chr(97 + number)}"
        rating = {"system": system, "value": value, "min_age": min_age}
        asked = {"title": word, "genres": ["Drama"], "year": 2000, "ratings": [rating], "publish": True,
                 "description": f"{word} in {system}", "cast": [f"{word} Star"]}  # fmt: skip
        video = studio("POST", "/videos", json=asked).json()["id"]
        upload = send(world, studio, video)
        studio("POST", f"/uploads/{upload['id']}/complete")
        world.settle()
        made.append(Film(video, word, min_age))
    world.transcode()
    world.settle()
    return made


@pytest.fixture
def kid(world: World, films: list[Film]) -> Account:
    """A session that acts as a kid, whose profile once watched and rated everything."""
    viewer = world.account("viewer")
    profile = add(viewer, "Kim")
    choose(viewer, profile)
    own = f"/profiles/{viewer.id}/{profile}"
    for film in films:
        world.clock.turn(seconds=1)
        asked = {"position_seconds": 12.0}
        assert viewer("PUT", f"{own}/positions/{film.id}", json=asked).is_success
        assert viewer("PUT", f"{own}/watchlist/{film.id}").is_success
        assert viewer("PUT", f"{own}/ratings/{film.id}", json={"stars": 5}).is_success
        assert viewer("PUT", f"{own}/not-for-me/{film.id}").is_success
        review = {"text": f"about {film.word}"}
        assert viewer("PUT", f"{own}/reviews/{film.id}", json=review).is_success
    choose(viewer, viewer.id)
    wish = {"name": "Kim", "kids": True}
    assert viewer("PUT", own, json=wish).is_success
    assert choose(viewer, profile).json()["max_age"] == LIMIT
    viewer.tokens = {**viewer.tokens, "profile": profile}
    return viewer


def operations(world: World) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    document = world.door.get("/openapi.json").json()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def filled(path: str, kid: Account, film: Film) -> str:
    known = {"user_id": str(kid.id), "profile_id": kid.tokens["profile"], "system": "clearkey",
             "provider": "google"}  # fmt: skip
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], film.id), path)


def queries(operation: Mapping[str, Any], film: Film) -> list[str]:
    """No parameters, and each that could fetch a blocked title by its words or lift the limit."""
    names = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
    tried = {
        "q": film.word,
        "max_age": "21",
        "genre": "Drama",
        "limit": "50",
        "session_id": film.id,
    }
    offered = [f"{name}={value}" for name, value in tried.items() if name in names]
    needed = [f"q={film.word}"] if "q" in names else []
    needed += [f"session_id={film.id}"] if "session_id" in names else []
    return ["&".join(needed), *offered, "&".join(offered)]


# What would change who asks, or end it.
LEFT_OUT = ("/auth/", "/.well-known", "/profiles/{user_id}/{profile_id}/choose")


def asked_by(kid: Account, method: str, path: str, query: str) -> Any:
    bodies: dict[str, Any] = {"PUT": {"stars": 3}, "POST": {"device": "x"}}
    return kid(method, f"{path}?{query}".rstrip("?"), json=bodies.get(method))


def test_nothing_blocked_is_met_on_any_route(world: World, kid: Account, films: list[Film]) -> None:
    blocked = [film for film in films if film.min_age > LIMIT]
    allowed = [film for film in films if film.min_age <= LIMIT]
    secret = re.compile("zzblocked|" + "|".join(film.id for film in blocked))
    met, asked = "", 0
    for method, template, operation in operations(world):
        if template.startswith(LEFT_OUT) or method == "DELETE":
            continue
        for film in (*blocked[:2], blocked[-1]):
            path = filled(template, kid, film)
            for query in queries(operation, film):
                answer = asked_by(kid, method, path, query)
                said = _without_the_question(answer.text, film, path, query)
                assert not secret.search(said), (method, path, query, answer.text)
                met, asked = met + said, asked + 1
    # The walk saw what may be seen: it is not empty answers that pass.
    assert all(film.word in met for film in allowed)
    assert asked > 100


def _without_the_question(text: str, film: Film, path: str, query: str) -> str:
    """A refusal repeats the id that was asked for, which tells nothing new."""
    return text.replace(film.id, "") if '"urn:marquee:' in text else text


def test_counts_and_pages_tell_nothing_either(
    kid: Account, films: list[Film], world: World
) -> None:
    allowed = {film.id for film in films if film.min_age <= LIMIT}
    found = kid("GET", "/search?limit=50").json()
    assert found["total"] == len(allowed)
    assert {facet["count"] for facet in found["facets"] if facet["value"] == "Drama"} == {
        len(allowed)
    }
    own = f"/profiles/{kid.id}/{kid.tokens['profile']}"
    for name in ("watchlist", "history", "continue-watching", "ratings", "not-for-me"):
        items = kid("GET", f"{own}/{name}?limit=100").json()["items"]
        assert {item["title_id"] for item in items} == allowed, name
    home = kid("GET", "/pages/home").json()
    assert {card["id"] for row in home["rows"] for card in row["titles"]} == allowed
    assert home["missing"] == []


def test_no_licence_and_no_stream_by_any_way(world: World, kid: Account, films: list[Film]) -> None:
    blocked = next(film for film in films if film.min_age > LIMIT)
    assert kid("POST", f"/playback/{blocked.id}/sessions", json={}).status_code == 404
    # One that was begun before the limit was there goes no further, and gets no fresh tokens.
    choose(kid, kid.id)
    ticket = kid("POST", f"/playback/{blocked.id}/sessions", json={}).json()
    choose(kid, kid.tokens["profile"])
    session = ticket["session_id"]
    beat = kid("POST", f"/playback/sessions/{session}/heartbeat", json={"position_seconds": 1})
    again = kid("GET", f"/playback/{blocked.id}/manifest?session_id={session}")
    assert [beat.status_code, again.status_code] == [404, 404]


def test_an_account_without_profile_lookup_is_refused_not_let_in(
    world: World, kid: Account, films: list[Film]
) -> None:
    """While profiles is away and nothing is known of a session, it is shown nothing."""
    world.copies.forget(kid.id)
    world.mesh.leave("profiles")
    for path in ("/titles", "/search", f"/titles/{films[0].id}", "/pages/home"):
        assert kid("GET", path).status_code == 503, path
    assert kid("POST", f"/playback/{films[0].id}/sessions", json={}).status_code == 503
    assert world.door.get("/titles").status_code == 200
