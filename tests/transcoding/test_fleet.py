"""As many workers as the queue needs: none asked for twice, none forgotten, whatever dies when."""

import threading
from collections.abc import Callable

import pytest

from apps.kit.clock import new_id
from apps.kit.errors import UnavailableError
from apps.transcoding.domain.fleet import FleetSize
from apps.transcoding.memory import MemoryDispatcher
from apps.transcoding.service.fleet import TranscodingFleet
from apps.transcoding.store import Store
from tests.flows.world import Account, World, upload


@pytest.fixture
def studio(world: World) -> Account:
    return world.account("studio", "studio")


@pytest.fixture
def nomad() -> MemoryDispatcher:
    return MemoryDispatcher()


Fleet = Callable[..., TranscodingFleet]


@pytest.fixture
def fleet(world: World, nomad: MemoryDispatcher) -> Fleet:
    def make(warm: int = 1, most: int = 3) -> TranscodingFleet:
        store = Store(world.databases["transcoding"])
        size = FleetSize(warm, most)
        return TranscodingFleet(store.open, nomad, size, clock=world.clock, new_id=new_id)

    return make


def test_some_workers_are_always_warm(fleet: Fleet, nomad: MemoryDispatcher) -> None:
    assert fleet(warm=2).reconcile() == 2
    assert fleet(warm=2).reconcile() == 0
    assert len(nomad.alive()) == 2


def test_a_long_film_gets_several_workers_but_never_more_than_most(
    world: World, studio: Account, fleet: Fleet, nomad: MemoryDispatcher
) -> None:
    upload(world, studio)
    workers = []
    for _ in ("probe", "starter", "index", "audio/0"):
        fleet(most=3).reconcile()
        workers.append(len(nomad.alive()))
        claim = world.steps.claim("one")
        assert claim is not None
        world.finish(claim)
    assert workers == [1, 2, 2, 3]


def test_a_worker_that_ended_is_replaced(fleet: Fleet, nomad: MemoryDispatcher) -> None:
    fleet().reconcile()
    nomad.ended |= nomad.alive()
    assert fleet().reconcile() == 1
    assert len(nomad.alive()) == 1


def test_a_service_that_never_got_the_answer_asks_for_the_same_worker(
    fleet: Fleet, nomad: MemoryDispatcher
) -> None:
    nomad.mute = True
    with pytest.raises(UnavailableError):
        fleet().reconcile()
    nomad.mute = False

    fleet().reconcile()

    assert len(nomad.workers) == 1


def test_nothing_is_forgotten_while_the_scheduler_is_away(
    fleet: Fleet, nomad: MemoryDispatcher
) -> None:
    fleet().reconcile()
    nomad.away = True
    with pytest.raises(UnavailableError):
        fleet().reconcile()
    nomad.away = False
    assert fleet().reconcile() == 0


def test_two_services_at_once_fill_each_place_once(fleet: Fleet, nomad: MemoryDispatcher) -> None:
    threads = [threading.Thread(target=fleet(warm=3).reconcile) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fleet(warm=3).reconcile()
    assert len(nomad.workers) == 3
