"""The chassis: errors, bodies, pages, tokens, keys, settings, logs, the outbox."""

import io
import json
import logging
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid4

import jwt
import psycopg
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from apps.contracts.fact import Fact
from apps.kit.app import add_problems
from apps.kit.clock import new_id, utc_now
from apps.kit.database import Database, connect
from apps.kit.errors import UnauthorizedError, UnavailableError, UnprocessableError
from apps.kit.http import BODY_BYTES, Outermost
from apps.kit.identity import Caller, InternalTokens, Role, Verifier
from apps.kit.logging import JsonFormatter
from apps.kit.outbox import Relay, announce
from apps.kit.pages import cut, decode, encode
from apps.kit.settings import Environment, SettingsError
from apps.kit.testing.clock import TurnedClock
from apps.kit.tracing import span, trace_as, traceparent
from apps.kit.work import Work, idempotency
from apps.kit.wrapping import AesKeyWrap, UnwrapError
from scripts.local.places import Places
from scripts.local.secret_files import make_secrets


class Rang(Fact):
    topic: ClassVar[str] = "bell.rang"


class Collected:
    """A publisher that remembers; `away` makes it fail."""

    def __init__(self) -> None:
        self.sent: list[UUID] = []
        self.away = False
        self.arrived = threading.Event()

    def publish(
        self, topic: str, data: Mapping[str, object], *, event_id: UUID, trace: str | None
    ) -> None:
        if self.away:
            raise UnavailableError("no sidecar")
        self.sent.append(event_id)
        self.arrived.set()


def put(database: Database, count: int = 1) -> None:
    with database.begin() as connection:
        for number in range(count):
            announce(connection, database.schema, Rang(sequence=number))


def test_a_fact_leaves_after_its_commit_and_once(databases: dict[str, Database]) -> None:
    collected = Collected()
    relay = Relay(databases["videos"], collected)
    put(databases["videos"], 3)

    assert (relay.send_batch(), relay.send_batch()) == (3, 0)
    assert collected.sent == sorted(collected.sent)


def test_a_fact_of_a_transaction_that_fails_never_leaves(databases: dict[str, Database]) -> None:
    collected = Collected()

    def fail() -> None:
        with databases["videos"].begin() as connection:
            announce(connection, "videos", Rang(sequence=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert Relay(databases["videos"], collected).send_batch() == 0


def test_facts_wait_for_the_sidecar_in_order(databases: dict[str, Database]) -> None:
    collected = Collected()
    relay = Relay(databases["videos"], collected)
    collected.away = True
    put(databases["videos"], 2)
    assert relay.send_batch() == 0

    collected.away = False

    assert relay.send_batch() == 2


def test_two_relays_send_each_fact_once(databases: dict[str, Database]) -> None:
    collected = Collected()
    put(databases["videos"], 120)
    relays = [Relay(databases["videos"], collected) for _ in range(3)]
    threads = [threading.Thread(target=relay.send_batch) for relay in relays for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(collected.sent) == len(set(collected.sent))


def test_a_commit_wakes_the_relay(databases: dict[str, Database]) -> None:
    collected = Collected()
    relay = Relay(databases["videos"], collected)
    relay.start()
    put(databases["videos"])

    assert collected.arrived.wait(10)
    relay.stop()


def test_a_connection_waits_for_the_successor_of_a_user_that_ended(
    databases: dict[str, Database],
) -> None:
    now = databases["videos"].read_url()
    ended = now.replace("videos:", "videos:ended", 1)
    told = iter([ended, ended])
    with connect(lambda: next(told, now), "videos") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("videos",)
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        connect(lambda: ended, "videos")


def test_one_key_makes_one_resource(databases: dict[str, Database]) -> None:
    key = idempotency("me", "key", "make", 1)
    with databases["videos"].begin() as connection:
        work = Work(connection, "videos")
        assert work.remembered(key) is None
        work.remember(key, "made")
    with databases["videos"].begin() as connection:
        work = Work(connection, "videos")
        assert work.remembered(key) == "made"
        assert work.remembered(idempotency("you", "key", "make", 1)) is None
        with pytest.raises(UnprocessableError):
            work.remembered(idempotency("me", "key", "make", 2))


def app(**options: str) -> TestClient:
    served = FastAPI()

    @served.post("/echo")
    def echo(body: dict[str, int]) -> dict[str, int]:
        return body

    @served.get("/dapr/subscribe")
    def subscribe() -> list[str]:
        return []

    @served.get("/fail")
    def fail() -> None:
        raise RuntimeError("secret detail")

    add_problems(served)
    served.add_middleware(Outermost, **options)
    return TestClient(served, raise_server_exceptions=False)


def test_a_body_over_the_limit_is_refused() -> None:
    declared = app().post("/echo", content=b" " * (BODY_BYTES + 1))
    streamed = app().post("/echo", content=(b" " * 65536 for _ in range(20)))
    assert (declared.status_code, streamed.status_code) == (413, 413)
    assert declared.headers["content-type"] == "application/problem+json"


def test_a_wrong_body_is_a_problem() -> None:
    answer = app().post("/echo", json={"a": "x"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:marquee:unprocessable")
    assert answer.json()["errors"][0]["at"] == "body.a"


def test_an_unexpected_failure_tells_nothing() -> None:
    answer = app().get("/fail")
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_only_the_sidecar_delivers_facts() -> None:
    guarded = app(app_token="token")
    assert guarded.get("/dapr/subscribe").status_code == 401
    assert guarded.get("/dapr/subscribe", headers={"dapr-api-token": "wrong"}).status_code == 401
    assert guarded.get("/dapr/subscribe", headers={"dapr-api-token": "token"}).status_code == 200


@given(st.text(max_size=60))
def test_a_cursor_comes_back(mark: str) -> None:
    assert decode(encode(mark)) == mark


@pytest.mark.parametrize("cursor", ["x", "!!", "bnVsbA", "W10", "é"])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(UnprocessableError):
        decode(cursor)


def test_the_last_page_has_no_next() -> None:
    assert cut([1, 2, 3], 2, str).next is not None
    assert cut([1, 2], 2, str).next is None


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("keys")
    keys: dict[str, str] = make_secrets(Places(home))["internal_keys"]["1"]
    return keys


def test_a_service_knows_who_asks(pair: dict[str, str]) -> None:
    caller = Caller(uuid4(), frozenset({Role.STUDIO}), uuid4())
    token = InternalTokens("1", pair["private"], utc_now).mint(caller, "videos")

    assert Verifier("videos", {"1": pair["public"]}).verify(f"Bearer {token}") == caller


def test_a_token_for_another_service_is_no_good(pair: dict[str, str]) -> None:
    caller = Caller(uuid4(), frozenset())
    mint = InternalTokens("1", pair["private"], utc_now).mint
    old = InternalTokens("1", pair["private"], TurnedClock(utc_now() - timedelta(minutes=3))).mint
    none = jwt.encode({"sub": str(uuid4()), "aud": "videos"}, "x" * 32, "HS256", {"kid": "1"})
    verifier = Verifier("videos", {"1": pair["public"]})
    for token in (mint(caller, "auth"), old(caller, "videos"), none, "", "x.y.z"):
        with pytest.raises(UnauthorizedError):
            verifier.verify(f"Bearer {token}")
    with pytest.raises(UnauthorizedError):
        Verifier("videos", {"2": pair["public"]}).verify(f"Bearer {mint(caller, 'videos')}")


def test_a_wrapped_key_opens_in_its_own_context() -> None:
    old = AesKeyWrap({1: b"1" * 32})
    wrapped = old.wrap(b"secret", "asset one")
    rotated = AesKeyWrap({1: b"1" * 32, 2: b"2" * 32})

    assert rotated.unwrap(wrapped, "asset one") == b"secret"
    assert rotated.wrap(b"secret", "x").startswith("2:")
    for wrap, text, context in (
        (rotated, wrapped, "asset two"),
        (AesKeyWrap({2: b"2" * 32}), wrapped, "asset one"),
        (old, wrapped[:-4] + "AAAA", "asset one"),
        (old, "nonsense", "asset one"),
    ):
        with pytest.raises(UnwrapError):
            wrap.unwrap(text, context)


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(SettingsError, match="MARQUEE_ENV"):
        Environment("videos", {})
    with pytest.raises(SettingsError, match="MARQUEE_VIDEOS_S3_URL"):
        Environment("videos", {"MARQUEE_ENV": "test"}).text("S3_URL")


def test_a_development_default_stays_in_development() -> None:
    assert Environment("videos", {"MARQUEE_ENV": "local"}).text("X", development="d") == "d"
    with pytest.raises(SettingsError):
        Environment("videos", {"MARQUEE_ENV": "production"}).text("X", development="d")


def test_a_log_line_has_its_trace() -> None:
    trace_as("tests")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("videos"))
    log = logging.Logger("test")
    log.addHandler(handler)

    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with span("request", {"traceparent": parent}):
        log.info("uploaded", extra={"video_id": "v"})
        onward = traceparent()

    line = json.loads(stream.getvalue())
    assert (line["event"], line["video_id"]) == ("uploaded", "v")
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert onward is not None
    assert onward.split("-")[1] == line["trace_id"]


def test_ids_are_ordered_by_time() -> None:
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()
    assert first.version == 7
