"""Every delivery gets a verdict; nothing is lost, nothing blocks a topic for ever."""

import json
from typing import ClassVar
from uuid import uuid4

from sqlalchemy.exc import OperationalError

from apps.contracts.fact import Fact
from apps.kit.database import Database
from apps.kit.entrypoints import ATTEMPTS, Entrypoints, hear
from apps.kit.errors import ConflictError, OutOfOrderError, UnavailableError
from apps.kit.inbox import ForgetfulInbox, SqlInbox


class Rang(Fact):
    topic: ClassVar[str] = "bell.rang"

    tone: str


def event(**data: object) -> bytes:
    return json.dumps({"id": str(uuid4()), "data": data, "traceparent": ""}).encode()


def raising(error: Exception) -> Entrypoints:
    def handle(_: Rang) -> None:
        raise error

    return Entrypoints("bell", [hear(Rang, handle)], ForgetfulInbox())


def test_a_taken_fact_succeeds() -> None:
    heard: list[Rang] = []
    entrypoints = Entrypoints("bell", [hear(Rang, heard.append)], ForgetfulInbox())

    assert entrypoints.judge("bell.rang", event(sequence=1, tone="c")) == (200, "SUCCESS")
    assert heard == [Rang(sequence=1, tone="c")]


def test_fields_newer_than_us_are_ignored() -> None:
    heard: list[Rang] = []
    entrypoints = Entrypoints("bell", [hear(Rang, heard.append)], ForgetfulInbox())

    entrypoints.judge("bell.rang", event(sequence=1, tone="c", loudness=11))

    assert heard == [Rang(sequence=1, tone="c")]


def test_what_is_no_event_is_dropped() -> None:
    for raw in (b"", b"{", b"[]", b"null", b'{"id": 1}'):
        assert raising(ValueError()).judge("bell.rang", raw) == (200, "DROP")


def test_a_malformed_fact_is_buried_at_once() -> None:
    inbox = ForgetfulInbox()
    entrypoints = Entrypoints("bell", [hear(Rang, print)], inbox)

    assert entrypoints.judge("bell.rang", event(sequence="first")) == (200, "SUCCESS")
    assert len(inbox.letters) == 1


def test_an_early_fact_is_tried_again() -> None:
    assert raising(OutOfOrderError("wait")).judge("bell.rang", event(sequence=1, tone="c")) == (
        200,
        "RETRY",
    )


def test_a_store_that_is_away_delays_for_ever() -> None:
    for error in (OperationalError("", {}, Exception()), UnavailableError("x"), ConnectionError()):
        entrypoints, raw = raising(error), event(sequence=1, tone="c")
        for _ in range(ATTEMPTS * 3):
            assert entrypoints.judge("bell.rang", raw) == (500, "RETRY")


def test_a_poisonous_fact_is_buried_after_some_attempts(databases: dict[str, Database]) -> None:
    inbox = SqlInbox(databases["videos"])

    def handle(_: Rang) -> None:
        raise ConflictError("never")

    entrypoints, raw = Entrypoints("bell", [hear(Rang, handle)], inbox), event(sequence=1, tone="c")
    verdicts = [entrypoints.judge("bell.rang", raw) for _ in range(ATTEMPTS)]

    assert verdicts == [(500, "RETRY")] * (ATTEMPTS - 1) + [(200, "SUCCESS")]
    letter = inbox.dead()[0]
    assert (letter["topic"], letter["data"]["tone"]) == ("bell.rang", "c")
    inbox.revive(letter["event_id"])
    assert inbox.dead() == []
    assert len(inbox.dead(replayed=True)) == 1


def test_what_the_sidecar_gave_up_is_kept_too() -> None:
    inbox = ForgetfulInbox()
    entrypoints = Entrypoints("bell", [hear(Rang, print)], inbox)

    assert entrypoints.judge("bell.dead", event(sequence=1, tone="c")) == (200, "SUCCESS")
    assert list(inbox.letters.values()) == ["by the sidecar"]


def test_a_fact_is_noted_once_it_had_its_effect(databases: dict[str, Database]) -> None:
    database = databases["videos"]
    known = "SELECT attempts, taken_at IS NOT NULL FROM inbox"
    fails = [True]

    def handle(_: Rang) -> None:
        if fails:
            raise ConflictError("not now")

    entrypoints = Entrypoints("bell", [hear(Rang, handle)], SqlInbox(database))
    heard = event(sequence=1, tone="c")
    assert entrypoints.judge("bell.rang", heard) == (500, "RETRY")
    with database.begin() as connection:
        assert connection.exec_driver_sql(known).all() == [(1, False)]
    fails.clear()
    for _ in range(2):
        assert entrypoints.judge("bell.rang", heard) == (200, "SUCCESS")
    with database.begin() as connection:
        assert connection.exec_driver_sql(known).all() == [(1, True)]
