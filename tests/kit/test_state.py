"""Copies of reads: never older than what was committed, with the store there, away, and back."""

import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.kit.state import COPY_SECONDS, CachedReads
from apps.kit.testing.state import MemoryState


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_copy_saves_a_read_until_it_is_old() -> None:
    clock, asked = Clock(), []
    reads = CachedReads(MemoryState(clock), clock)

    def load() -> str:
        asked.append(1)
        return "value"

    assert [reads.read("k", load) for _ in range(3)] == ["value"] * 3
    assert len(asked) == 1
    clock.now += COPY_SECONDS
    reads.read("k", load)
    assert len(asked) == 2


def test_what_was_read_before_a_commit_is_not_kept_after_it() -> None:
    clock = Clock()
    state = MemoryState(clock)
    reader, writer = CachedReads(state, clock), CachedReads(state, clock)
    value = "old"

    def slow_load() -> str:
        nonlocal value
        seen = value
        with writer.writing("k"):
            value = "new"
        return seen

    assert reader.read("k", slow_load) == "old"
    assert reader.read("k", lambda: value) == "new"


def test_nothing_is_kept_while_it_is_being_written() -> None:
    clock = Clock()
    reads = CachedReads(MemoryState(clock), clock)
    with reads.writing("k"):
        assert reads.read("k", lambda: "old") == "old"
        assert reads.read("k", lambda: "new") == "new"
    assert reads.read("k", lambda: "newest") == "newest"


def test_a_failed_write_frees_its_keys() -> None:
    reads = CachedReads(MemoryState())
    with pytest.raises(ValueError, match="no"), reads.writing("k"):
        raise ValueError("no")
    assert [reads.read("k", iter("ab").__next__) for _ in range(2)] == ["a", "a"]


class Copies(RuleBasedStateMachine):
    """One process reads its own writes, whatever happens to the store; another is at most a copy's life behind."""

    @initialize()
    def begin(self) -> None:
        self.clock = Clock()
        self.state = MemoryState(self.clock)
        self.reads = CachedReads(self.state, self.clock)
        self.value = 0

    @rule()
    def write(self) -> None:
        with self.reads.writing("k"):
            self.value += 1

    @rule()
    def read(self) -> None:
        assert self.reads.read("k", lambda: str(self.value)) == str(self.value)

    @rule(away=st.booleans())
    def come_or_go(self, away: bool) -> None:
        self.state.away = away

    @rule(seconds=st.integers(0, COPY_SECONDS))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @invariant()
    def own_writes_are_read(self) -> None:
        self.read()


Copies.TestCase.settings = settings(max_examples=100, deadline=None)
TestCopies = Copies.TestCase


class Row:
    """A number in a database: what is stored, and what its writer has been told is stored."""

    def __init__(self) -> None:
        self.reads, self.stored, self.answered = CachedReads(MemoryState()), 0, 0
        self.wrong: list[str] = []

    def write(self, number: int) -> None:
        with self.reads.writing("k"):
            self.stored = number
        self.answered = number

    def look(self, stop: threading.Event) -> None:
        while not stop.is_set():
            before = self.answered
            got = int(self.reads.read("k", lambda: str(self.stored)))
            if got < before:
                self.wrong.append(f"{got} after {before}")


def test_many_threads_read_what_was_committed_before() -> None:
    row, stop = Row(), threading.Event()
    readers = [threading.Thread(target=row.look, args=[stop]) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 300):
        row.write(number)
    stop.set()
    for reader in readers:
        reader.join()
    assert row.wrong == []
