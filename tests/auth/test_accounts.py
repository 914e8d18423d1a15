"""Mails, passwords, sessions and the trail: what an owner can do, and what a stranger cannot."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from apps.auth.domain.letter import Letter
from apps.auth.domain.session import FRESH, SESSIONS_MOST
from apps.auth.domain.trail import first_break
from apps.auth.domain.user import UserId
from apps.auth.memory import MemoryMailer
from apps.auth.postman import Postman
from apps.auth.store import Store
from tests.flows.world import PASSWORD, Account, World

ADA = {"email": "ada@example.com", "password": PASSWORD}
NEW = "quite another password"
# Of PASSWORD, by the weakest parameters there are.
WEAK_HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$tK3tt0CceGj/9rwCuUDwSA$2bOH9DTu3Akje+IK3lWM9djyT+iZceqMEjKR2tRIg5A"
)


def secret_in(letter: Letter) -> str:
    found = re.search(r"#(\S+)", letter.text)
    assert found
    return found.group(1)


def only(letters: list[Letter]) -> Letter:
    assert len(letters) == 1, [letter.subject for letter in letters]
    return letters[0]


def post(world: World, path: str, **asked: Any) -> int:
    return world.door.post(path, json=asked).status_code


def log_in(world: World, **more: Any) -> Account:
    answer = world.door.post("/auth/login", json={**ADA, **more})
    assert answer.status_code == 200, answer.text
    return Account(world.door, answer.json())


def test_an_address_is_verified_by_its_letter_once(world: World) -> None:
    ada = world.account("ada")
    letter = only(world.mail())
    assert (letter.to, letter.subject) == ("ada@example.com", "Marquee: Confirm your address")
    assert secret_in(letter) in letter.html
    assert ada("GET", "/auth/me").json()["email_verified"] is False

    assert post(world, "/auth/email/verify", token=secret_in(letter)) == 204
    assert ada("GET", "/auth/me").json()["email_verified"] is True
    assert post(world, "/auth/email/verify", token=secret_in(letter)) == 422
    assert post(world, "/auth/email/resend", email="ada@example.com") == 202
    assert world.mail() == []


def test_a_link_dies_with_its_time_and_with_its_successor(world: World) -> None:
    world.account("ada")
    first = secret_in(only(world.mail()))
    assert post(world, "/auth/email/resend", email="ADA@example.com") == 202
    second = secret_in(only(world.mail()))
    assert post(world, "/auth/email/verify", token=first) == 422
    # A link for one purpose is good for no other.
    assert post(world, "/auth/password/reset", token=second, password=NEW) == 422
    world.clock.turn(hours=24, seconds=1)
    assert post(world, "/auth/email/verify", token=second) == 422


def test_who_has_an_account_learns_it_by_mail_alone(world: World) -> None:
    world.account("ada")
    world.mail()
    assert post(world, "/auth/signup", **ADA) == 202
    assert only(world.mail()).subject == "Marquee: You have an account"
    for path in ("/auth/password/forgot", "/auth/email/resend", "/auth/email/login"):
        known = world.door.post(path, json={"email": "ada@example.com"})
        nobody = world.door.post(path, json={"email": "eve@example.com"})
        assert (
            (known.status_code, known.text)
            == (nobody.status_code, nobody.text)
            == (202, known.text)
        )
    assert {letter.to for letter in world.mail()} == {"ada@example.com"}


def test_no_secret_is_kept_in_the_clear(world: World) -> None:
    world.account("ada")
    secret = secret_in(only(world.mail()))
    with world.databases["auth"].begin() as connection:
        kept = connection.exec_driver_sql("SELECT digest FROM one_times").scalars().all()
        letters = connection.exec_driver_sql("SELECT count(*) FROM letters").scalar_one()
    assert len(kept) == 1
    assert secret not in kept[0]
    assert letters == 0


def test_a_forgotten_password_is_reset_and_all_sessions_end(world: World) -> None:
    ada = world.account("ada")
    world.mail()
    assert post(world, "/auth/password/forgot", email="ada@example.com") == 202
    secret = secret_in(only(world.mail()))

    # A password that is refused does not use the link up.
    assert post(world, "/auth/password/reset", token=secret, password="password123") == 422
    assert post(world, "/auth/password/reset", token=secret, password=NEW) == 204
    assert only(world.mail()).subject == "Marquee: Your password"
    assert post(world, "/auth/password/reset", token=secret, password=NEW) == 422
    assert post(world, "/auth/refresh", refresh_token=ada.tokens["refresh_token"]) == 401
    assert post(world, "/auth/login", **ADA) == 401
    assert post(world, "/auth/login", **{**ADA, "password": NEW}) == 200


def test_a_reset_link_lives_for_fifteen_minutes(world: World) -> None:
    world.account("ada")
    world.mail()
    post(world, "/auth/password/forgot", email="ada@example.com")
    secret = secret_in(only(world.mail()))
    world.clock.turn(minutes=15, seconds=1)
    assert post(world, "/auth/password/reset", token=secret, password=NEW) == 422


def test_a_changed_password_ends_the_other_sessions(world: World) -> None:
    here, there = world.account("ada"), log_in(world, device="television")
    wrong = here("POST", "/auth/password/change", json={"current": NEW, "password": NEW})
    assert wrong.status_code == 401
    asked = {"current": PASSWORD, "password": NEW}
    assert here("POST", "/auth/password/change", json=asked).status_code == 204
    assert post(world, "/auth/refresh", refresh_token=there.tokens["refresh_token"]) == 401
    assert post(world, "/auth/refresh", refresh_token=here.tokens["refresh_token"]) == 200


@pytest.mark.parametrize(
    "password", ["password123", "iloveyou1", "ada@example.com", "marquee-2026"]
)
def test_what_attackers_try_first_is_refused(world: World, password: str) -> None:
    answer = world.door.post("/auth/signup", json={**ADA, "password": password})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:marquee:password-refused")


def test_a_long_password_of_any_letters_is_taken(world: World) -> None:
    long = {**ADA, "password": "ä" * 64 + " ☃ only words"}
    assert post(world, "/auth/signup", **long) == 202
    assert post(world, "/auth/login", **long) == 200


def test_a_link_signs_in_and_verifies_the_address(world: World) -> None:
    world.account("ada")
    world.mail()
    assert post(world, "/auth/email/login", email="ada@example.com") == 202
    secret = secret_in(only(world.mail()))
    answer = world.door.post("/auth/email/login/verify", json={"token": secret, "device": "x"})
    ada = Account(world.door, answer.json())
    assert ada("GET", "/auth/me").json()["email_verified"] is True
    listed = ada("GET", "/auth/sessions").json()["items"]
    assert [s["proofs"] for s in listed if s["current"]] == [["mail"]]
    assert post(world, "/auth/email/login/verify", token=secret, device="x") == 422


def test_sessions_are_listed_and_ended(world: World) -> None:
    # The door reads tokens by the real time: none may come from the future.
    world.clock.turn(minutes=-1)
    here = world.account("ada")
    world.clock.turn(seconds=1)
    television, tablet = log_in(world, device="television"), log_in(world, device="tablet")
    listed = here("GET", "/auth/sessions").json()["items"]
    assert {s["device"] for s in listed} == {"unknown device", "television", "tablet"}
    assert [s["device"] for s in listed if s["current"]] == ["unknown device"]

    stranger = world.account("eve")
    own = next(s["id"] for s in listed if s["device"] == "television")
    assert stranger("DELETE", f"/auth/sessions/{own}").status_code == 404
    assert here("DELETE", f"/auth/sessions/{own}").status_code == 204
    assert post(world, "/auth/refresh", refresh_token=television.tokens["refresh_token"]) == 401
    assert post(world, "/auth/refresh", refresh_token=tablet.tokens["refresh_token"]) == 200
    assert here("DELETE", "/auth/sessions").status_code == 204
    assert len(here("GET", "/auth/sessions").json()["items"]) == 1
    assert here("POST", "/auth/logout-all").status_code == 204
    assert post(world, "/auth/refresh", refresh_token=here.tokens["refresh_token"]) == 401
    assert stranger("GET", "/auth/me").status_code == 200


def test_signing_in_ends_no_other_session_until_there_are_ten(world: World) -> None:
    world.clock.turn(minutes=-1)
    world.account("ada")
    for number in range(SESSIONS_MOST):
        world.clock.turn(seconds=1)
        last = log_in(world, device=str(number))
    devices = {s["device"] for s in last("GET", "/auth/sessions").json()["items"]}
    assert devices == {str(number) for number in range(SESSIONS_MOST)}


def test_what_matters_takes_a_fresh_proof(world: World) -> None:
    ada = world.account("ada")
    world.clock.turn(seconds=FRESH.total_seconds() + 1)
    stale = ada("GET", "/auth/me/export")
    assert (stale.status_code, stale.json()["type"]) == (403, "urn:marquee:step-up-needed")
    assert ada("POST", "/auth/step-up", json={"password": NEW}).status_code == 401
    assert ada("POST", "/auth/step-up", json={"password": PASSWORD}).status_code == 200
    export = ada("GET", "/auth/me/export").json()
    assert export["user"]["email"] == "ada@example.com"
    assert [event["what"] for event in export["events"]] == [
        "registered", "signed-in", "sign-in-failed", "stepped-up", "exported",
    ]  # fmt: skip
    assert "$argon2" not in str(export)


def test_a_closed_account_is_gone(world: World) -> None:
    ada = world.account("ada")
    world.mail()
    assert ada("DELETE", "/auth/me").status_code == 204
    world.settle()
    assert ("auth.user_deleted", str(ada.id)) in [
        (topic, data.get("user_id")) for topic, data in world.mesh.facts
    ]
    assert only(world.mail()).subject == "Marquee: Goodbye"
    assert post(world, "/auth/login", **ADA) == 401
    assert ada("GET", "/auth/me").status_code in (401, 404)
    with world.databases["auth"].begin() as connection:
        for table in ("users", "sessions", "one_times"):
            count = sa.select(sa.func.count()).select_from(sa.table(table))
            assert connection.execute(count).scalar_one() == 0, table


def test_every_service_forgets_and_says_so(world: World) -> None:
    ada = world.account("ada")
    eve = world.account("eve")
    world.mesh.copies = 2
    ada("DELETE", "/auth/me")
    world.settle()
    with world.databases["playback"].begin() as connection:
        kept = connection.exec_driver_sql("SELECT user_id, source FROM entitlements").all()
    assert set(kept) == {(ada.id, "erased"), (eve.id, "default")}
    with Store(world.databases["auth"], world.clock).open() as work:
        said = [(e.what, dict(e.detail)) for e in work.trail.of(UserId(ada.id))]
    assert said[-3] == ("deleted", {})
    assert sorted(said[-2:], key=str) == [("erased", {"by": by}) for by in ("playback", "profiles")]


def test_the_trail_shows_every_change(world: World) -> None:
    world.account("ada")
    post(world, "/auth/login", **{**ADA, "password": NEW})
    database = world.databases["auth"]

    def broken() -> int | None:
        with Store(database, world.clock).open() as work:
            return first_break(work.trail.all())

    assert broken() is None
    with pytest.raises(ProgrammingError, match="append-only"), database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM trail WHERE number = 1")
    # Even who can lift the trigger is found out.
    for change in (
        "UPDATE trail SET what = 'deleted' WHERE number = 2",
        "DELETE FROM trail WHERE number = 1",
    ):
        with database.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE trail DISABLE TRIGGER trail_append_only")
            connection.exec_driver_sql(change)
        assert broken() == (2 if change.startswith("UPDATE") else 1)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE trail ENABLE TRIGGER trail_append_only")


def test_a_letter_waits_for_the_mail_server(world: World) -> None:
    world.account("ada")
    mailer = MemoryMailer()
    postman = Postman(world.databases["auth"], mailer, world.clock)
    mailer.away = True
    assert postman.send_one()
    assert not postman.send_one()
    mailer.away = False
    world.clock.turn(seconds=timedelta(minutes=1).total_seconds())
    assert postman.send_one()
    assert len(mailer.sent) == 1
    assert not postman.send_one()


def test_a_hash_of_weaker_parameters_is_renewed_at_sign_in(world: World) -> None:
    world.account("ada")
    weak = "$argon2id$v=19$m=8,t=1,p=1$"
    known = "SELECT password_hash FROM users"
    with world.databases["auth"].begin() as connection:
        connection.exec_driver_sql("UPDATE users SET password_hash = %s", (WEAK_HASH,))
    log_in(world)
    with world.databases["auth"].begin() as connection:
        renewed = connection.exec_driver_sql(known).scalar_one()
    assert WEAK_HASH.startswith(weak)
    assert renewed.startswith("$argon2id$v=19$m=64,t=2,p=1$")
    log_in(world)
