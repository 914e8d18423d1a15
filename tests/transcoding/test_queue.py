"""The queue of steps: leases, retries and the end of a job, by a clock that the test turns."""

from typing import Any
from uuid import uuid4

import pytest

from apps.transcoding.domain.failure import ATTEMPTS, Failure, FailureKind
from apps.transcoding.domain.step import LEASE, StepKind, StepResult
from apps.transcoding.service.steps import Claim
from tests.flows.world import Account, World, upload

ENCODER = Failure(FailureKind.ENCODER, "chunk_failed", "ffmpeg said no")


@pytest.fixture
def studio(world: World) -> Account:
    return world.account("studio", "studio")


def claim(world: World, worker: str = "one") -> Claim:
    found = world.steps.claim(worker)
    assert found is not None
    return found


def work_but_fail(world: World, name: str) -> None:
    """Do every step as often as it is offered; the named one never succeeds."""
    idle = 0
    while idle < 3:
        taken = world.steps.claim("one")
        if taken is None:
            idle += 1
            world.clock.turn(seconds=31)
        elif taken.step.name == name:
            world.fail(taken, ENCODER)
        else:
            world.finish(taken)


def job_of(studio: Account, video: str) -> Any:
    found = studio("GET", "/transcoding/jobs", params={"video_id": video}).json()["items"][0]
    return studio("GET", f"/transcoding/jobs/{found['id']}").json()


def test_two_workers_never_take_one_step(world: World, studio: Account) -> None:
    upload(world, studio)
    assert claim(world, "one").step.kind is StepKind.PROBE
    assert world.steps.claim("two") is None


def test_a_lost_workers_step_goes_to_another(world: World, studio: Account) -> None:
    upload(world, studio)
    lost = claim(world, "one")
    world.clock.turn(seconds=LEASE.total_seconds() + 1)

    taken = claim(world, "two")

    assert (taken.step.id, taken.step.attempt) == (lost.step.id, 2)
    assert not world.steps.renew(lost.step)
    assert not world.steps.finish(lost.step, StepResult({}, 0, 0))
    assert world.steps.renew(taken.step)


def test_a_renewed_lease_holds(world: World, studio: Account) -> None:
    upload(world, studio)
    held = claim(world, "one")
    for _ in range(5):
        world.clock.turn(seconds=LEASE.total_seconds() - 1)
        assert world.steps.renew(held.step)
    assert world.steps.claim("two") is None


def test_a_failed_step_is_tried_again_later_and_then_dies(world: World, studio: Account) -> None:
    video = upload(world, studio)
    work_but_fail(world, "chunk/0")
    world.settle()

    view = job_of(studio, video)

    assert view["job"]["state"] == "failed"
    assert view["job"]["code"] == "chunk_failed"
    dead = [step for step in view["steps"] if step["state"] == "dead"]
    assert [(step["name"], step["attempt"]) for step in dead] == [
        ("chunk/0", ATTEMPTS[FailureKind.ENCODER])
    ]
    assert world.steps.claim("one") is None


def test_a_retried_job_keeps_what_is_done(world: World, studio: Account) -> None:
    video = upload(world, studio)
    world.transcode(until=StepKind.CHUNK)
    first = job_of(studio, video)["job"]
    assert studio("POST", f"/transcoding/jobs/{first['id']}/cancel").json()["state"] == "cancelled"
    assert world.steps.claim("one") is None

    assert studio("POST", f"/transcoding/jobs/{first['id']}/retry").status_code == 200
    again = world.transcode()
    world.settle()

    assert "probe" not in again
    assert job_of(studio, video)["job"]["state"] == "completed"
    assert studio("POST", f"/transcoding/jobs/{first['id']}/retry").status_code == 409


def test_a_film_completes_without_its_starter(world: World, studio: Account) -> None:
    video = upload(world, studio)
    work_but_fail(world, "starter")
    assert job_of(studio, video)["job"]["state"] == "completed"


def test_events_after_a_number_are_only_the_new_ones(world: World, studio: Account) -> None:
    video = upload(world, studio)
    world.transcode()
    view = job_of(studio, video)
    numbers = [event["number"] for event in view["events"]]
    path = f"/transcoding/jobs/{view['job']['id']}"
    assert numbers == sorted(numbers)
    assert (
        studio("GET", path, params={"after": numbers[-2]}).json()["events"][0]["number"]
        == numbers[-1]
    )
    assert studio("GET", path, params={"after": -1}).status_code == 422


def test_another_studios_job_is_not_found(world: World, studio: Account) -> None:
    video = upload(world, studio)
    job = job_of(studio, video)["job"]["id"]
    other = world.account("other", "studio")
    assert other("GET", f"/transcoding/jobs/{job}").status_code == 404
    assert other("POST", f"/transcoding/jobs/{job}/cancel").status_code == 404
    assert other("GET", "/transcoding/jobs", params={"video_id": video}).json()["items"] == []
    assert studio("GET", f"/transcoding/jobs/{uuid4()}").status_code == 404


def test_keys_never_show(world: World, studio: Account) -> None:
    video = upload(world, studio)
    world.transcode()
    assert "wrapped" not in str(job_of(studio, video))
