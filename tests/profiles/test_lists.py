"""What a profile watches: the watchlist's order, and positions that agree on every device."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.profiles.domain.household import ProfileId, UserId
from apps.profiles.domain.position import Position
from apps.profiles.domain.title import KnownTitle, TitleId
from apps.profiles.domain.watchlist import MOST, NotOnWatchlistError, Watchlist, WatchlistFullError
from tests.flows.world import Account, World
from tests.profiles.test_households import add, choose, code
from tests.profiles.titles import publish, tell, watched


@pytest.fixture
def viewer(world: World) -> Account:
    return world.account("viewer")


def own(viewer: Account) -> str:
    return f"/profiles/{viewer.id}/{viewer.id}"


def pages(viewer: Account, path: str, limit: int = 2) -> list[Any]:
    """All items, page by page."""
    items: list[Any] = []
    cursor = ""
    while True:
        page = viewer("GET", f"{path}?limit={limit}{cursor}").json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if not page.get("next"):
            return items
        cursor = f"&cursor={page['next']}"


def titles(viewer: Account, name: str) -> list[str]:
    return [item["title_id"] for item in pages(viewer, f"{own(viewer)}/{name}")]


def test_a_watchlist_keeps_its_owners_order(world: World, viewer: Account) -> None:
    a, b, c, d = (publish(world, name) for name in "abcd")
    path = f"{own(viewer)}/watchlist"
    for title in (a, b, c, d, a):
        assert viewer("PUT", f"{path}/{title}").status_code == 204
    assert titles(viewer, "watchlist") == [d, c, b, a]
    viewer("POST", f"{path}/{a}/move", json={"before": c})
    viewer("POST", f"{path}/{d}/move", json={})
    assert titles(viewer, "watchlist") == [a, c, b, d]
    viewer("DELETE", f"{path}/{c}")
    assert viewer("DELETE", f"{path}/{c}").status_code == 204
    assert titles(viewer, "watchlist") == [a, b, d]
    assert code(viewer("POST", f"{path}/{a}/move", json={"before": c})) == (404, "not-on-watchlist")
    world.mesh.deliver()
    told = [data for topic, data in world.mesh.facts if topic == "profiles.watchlist_changed"]
    assert told[-1]["title_ids"] == [a, b, d]
    assert [data["sequence"] for data in told] == list(range(1, 8))


def test_what_is_withdrawn_waits_on_the_list(world: World, viewer: Account) -> None:
    a, b = publish(world, "a"), publish(world, "b")
    for title in (a, b):
        viewer("PUT", f"{own(viewer)}/watchlist/{title}")
    tell(world, "catalog.title_withdrawn", {"sequence": 2, "title_id": a})
    assert titles(viewer, "watchlist") == [b]
    assert viewer("PUT", f"{own(viewer)}/watchlist/{a}").status_code == 404


def test_history_is_newest_first_and_can_be_forgotten(world: World, viewer: Account) -> None:
    seen = [publish(world, name) for name in "abcde"]
    for title in seen:
        world.clock.turn(seconds=1)
        watched(world, viewer.id, title, 300)
    assert titles(viewer, "history") == seen[::-1]
    viewer("DELETE", f"{own(viewer)}/history/{seen[2]}")
    assert titles(viewer, "history") == [seen[4], seen[3], seen[1], seen[0]]
    # A heartbeat from before, that comes late, does not bring it back; one from later does.
    watched(world, viewer.id, seen[2], 310, at=(world.clock() - timedelta(seconds=1)).isoformat())
    assert seen[2] not in titles(viewer, "history")
    world.clock.turn(seconds=1)
    watched(world, viewer.id, seen[2], 310)
    assert titles(viewer, "history")[0] == seen[2]
    viewer("DELETE", f"{own(viewer)}/history")
    assert titles(viewer, "history") == []


@pytest.mark.parametrize(
    ("kind", "seconds", "listed"),
    [
        ("film", 49, False), ("film", 50, True), ("film", 899, True), ("film", 900, False),
        ("episode", 920, True), ("episode", 950, False), ("short", 60, False), ("short", 100, True),
    ],
)  # fmt: skip
def test_what_is_begun_and_not_finished_goes_on(
    world: World, viewer: Account, kind: str, seconds: float, listed: bool
) -> None:
    title = publish(world, "x", kind=kind, duration_seconds=1000)
    watched(world, viewer.id, title, seconds)
    assert titles(viewer, "continue-watching") == ([title] if listed else [])
    assert titles(viewer, "history") == [title]


def test_what_is_hidden_comes_back_when_it_is_watched(world: World, viewer: Account) -> None:
    title = publish(world, "x")
    watched(world, viewer.id, title, 300)
    world.clock.turn(seconds=1)
    viewer("DELETE", f"{own(viewer)}/continue-watching/{title}")
    assert (titles(viewer, "continue-watching"), titles(viewer, "history")) == ([], [title])
    world.clock.turn(seconds=1)
    watched(world, viewer.id, title, 330)
    assert titles(viewer, "continue-watching") == [title]


def test_pages_look_past_what_cannot_be_shown(world: World, viewer: Account) -> None:
    kid = add(viewer, "Kim", max_age=6)
    shown = []
    for number in range(30):
        world.clock.turn(seconds=1)
        title = publish(world, f"{number}", min_age=0 if number % 10 == 0 else 18)
        watched(world, viewer.id, title, 300, profile=kid)
        shown += [title] if number % 10 == 0 else []
    choose(viewer, kid)
    found = pages(viewer, f"/profiles/{viewer.id}/{kid}/history", limit=1)
    assert [item["title_id"] for item in found] == shown[::-1]


def test_devices_with_wrong_clocks_agree(world: World, viewer: Account) -> None:
    """Each says how long ago, by whatever clock: who watched last wins, whoever tells last."""
    title = publish(world, "x")
    path = f"{own(viewer)}/positions/{title}"
    assert viewer("GET", path).json()["position_seconds"] == 0
    said = [(100, 5000), (700, 10), (300, 60), (200, 4000)]
    for seconds, ago in said:
        told = viewer("PUT", path, json={"position_seconds": seconds, "seconds_ago": ago})
        assert told.status_code == 200
    assert viewer("GET", path).json()["position_seconds"] == 700
    # Nobody's clock reaches into the future.
    ahead = world.clock() + timedelta(days=1)
    watched(world, viewer.id, title, 800, at=ahead.isoformat())
    world.clock.turn(seconds=1)
    watched(world, viewer.id, title, 810)
    assert viewer("GET", path).json()["position_seconds"] == 810
    for wrong in ({}, {"position_seconds": -1}, {"position_seconds": 1, "seconds_ago": -1}):
        assert viewer("PUT", path, json=wrong).status_code == 422


def test_what_a_gone_profile_watched_stays_gone(world: World, viewer: Account) -> None:
    kid, title = add(viewer, "Kim"), publish(world, "x")
    viewer("DELETE", f"/profiles/{viewer.id}/{kid}")
    for user, profile in ((viewer.id, kid), (uuid4(), None)):
        watched(world, user, title, 300, profile=profile)
    with world.databases["profiles"].begin() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM positions").scalar_one()
    assert count == 0


@pytest.mark.parametrize(
    "name", ["watchlist", "history", "continue-watching", "ratings", "not-for-me"]
)
@pytest.mark.parametrize("cursor", ["x", "bm8", "Im5vIg", "InggeSI"])
def test_a_strange_cursor_is_refused(viewer: Account, name: str, cursor: str) -> None:
    assert viewer("GET", f"{own(viewer)}/{name}?cursor={cursor}").status_code == 422


WHOSE = (UserId(uuid4()), ProfileId(uuid4()))
FILM = TitleId(uuid4())
START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 5).map(lambda n: START + timedelta(seconds=n))


@st.composite
def a_position(draw: st.DrawFn) -> Position:
    removed = draw(st.booleans())
    hidden = draw(st.none() | moments)
    seconds = 0.0 if removed else float(draw(st.integers(0, 3)))
    return Position(*WHOSE, FILM, seconds, draw(moments), removed, hidden)


@given(st.lists(a_position(), min_size=1, max_size=6), st.randoms())
@settings(max_examples=300, deadline=None)
def test_positions_merge_alike_in_any_order(said: list[Position], chance: Any) -> None:
    def merged(order: list[Position]) -> Position:
        result = order[0]
        for each in order[1:]:
            result = result.merged(each)
        return result

    other = said + chance.choices(said, k=3)
    chance.shuffle(other)
    assert merged(said) == merged(other)
    assert merged(said).at == max(each.at for each in said)


def test_a_title_without_a_length_is_nothing_to_go_on_with() -> None:
    assert not Position(*WHOSE, FILM, 10, START).continues(KnownTitle(FILM, duration_seconds=0))


class WatchlistMachine(RuleBasedStateMachine):
    """The same as a Python list under the same changes, and each change is numbered."""

    @initialize()
    def begin(self) -> None:
        self.known = [TitleId(uuid4()) for _ in range(6)]
        self.listed, self.model = Watchlist(*WHOSE), list[TitleId]()

    def change(self, changed: Watchlist) -> None:
        different = list(changed.titles) != self.model
        assert changed.sequence == self.listed.sequence + different
        self.listed = changed

    @rule(n=st.integers(0, 5))
    def add(self, n: int) -> None:
        title = self.known[n]
        self.change(self.listed.added(title))
        if title not in self.model:
            self.model.insert(0, title)

    @rule(n=st.integers(0, 5))
    def remove(self, n: int) -> None:
        self.change(self.listed.removed(self.known[n]))
        self.model = [title for title in self.model if title != self.known[n]]

    @rule(n=st.integers(0, 5), before=st.none() | st.integers(0, 5))
    def move(self, n: int, before: int | None) -> None:
        title, mark = self.known[n], None if before is None else self.known[before]
        if title not in self.model or (mark is not None and mark not in self.model):
            with pytest.raises(NotOnWatchlistError):
                self.listed.moved(title, mark)
            return
        self.change(self.listed.moved(title, mark))
        if mark != title:
            self.model.remove(title)
            self.model.insert(len(self.model) if mark is None else self.model.index(mark), title)

    @invariant()
    def alike(self) -> None:
        assert list(self.listed.titles) == self.model
        assert len(set(self.model)) == len(self.model)


WatchlistMachine.TestCase.settings = settings(max_examples=60, deadline=None)
TestWatchlist = WatchlistMachine.TestCase


def test_a_watchlist_has_an_end() -> None:
    full = Watchlist(*WHOSE, tuple(TitleId(uuid4()) for _ in range(MOST)))
    with pytest.raises(WatchlistFullError):
        full.added(TitleId(uuid4()))
    assert full.added(full.titles[-1]) == full
