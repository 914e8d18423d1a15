"""Sign-up, login and refresh: nobody is told too much, and a stolen refresh token ends its session."""

from datetime import timedelta
from uuid import uuid4

import jwt
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.auth.domain.session import GRACE, Refresh, Session, SessionId
from apps.auth.domain.user import UserId
from apps.kit.hashing import Argon2Secrets
from apps.kit.testing.clock import TurnedClock
from tests.flows.world import PASSWORD, World

CREDENTIALS = {"email": "ada@example.com", "password": PASSWORD}


def test_a_known_address_gets_the_same_answer(world: World) -> None:
    first = world.door.post("/auth/signup", json=CREDENTIALS)
    again = world.door.post(
        "/auth/signup", json={**CREDENTIALS, "email": " ADA@example.com".strip()}
    )
    assert (first.status_code, first.text) == (again.status_code, again.text)


def test_login_does_not_say_what_is_wrong(world: World) -> None:
    world.door.post("/auth/signup", json=CREDENTIALS)
    wrong = world.door.post("/auth/login", json={**CREDENTIALS, "password": "not the password"})
    nobody = world.door.post("/auth/login", json={**CREDENTIALS, "email": "eve@example.com"})
    assert (wrong.status_code, nobody.status_code) == (401, 401)
    assert wrong.json() == nobody.json()


def test_bad_credentials_are_refused_by_their_form(world: World) -> None:
    for asked in (
        {**CREDENTIALS, "password": "short"},
        {**CREDENTIALS, "email": "nobody"},
        {**CREDENTIALS, "admin": True},
        {},
    ):
        assert world.door.post("/auth/signup", json=asked).status_code == 422


def test_the_access_token_is_what_it_says(world: World) -> None:
    viewer = world.account("viewer")
    token = viewer.tokens["access_token"]
    keys = world.door.get("/.well-known/jwks.json").json()["keys"]
    header = jwt.get_unverified_header(token)
    assert (header["typ"], header["alg"], len(keys)) == ("at+jwt", "ES256", 2)
    key = next(jwt.PyJWK(each) for each in keys if each["kid"] == header["kid"])
    claims = jwt.decode(token, key, ["ES256"], audience="marquee-api")
    assert claims["exp"] - claims["iat"] == 300
    assert claims["roles"] == ["viewer"]
    assert "email" not in claims
    assert all("d" not in each for each in keys)


def test_a_refresh_token_is_good_once(world: World) -> None:
    viewer = world.account("viewer")
    first = {"refresh_token": viewer.tokens["refresh_token"]}
    second = {"refresh_token": world.door.post("/auth/refresh", json=first).json()["refresh_token"]}
    # An answer that was lost is given again, for a moment.
    assert (
        world.door.post("/auth/refresh", json=first).json()["refresh_token"]
        == second["refresh_token"]
    )
    world.clock.turn(seconds=GRACE.total_seconds() + 1)

    assert world.door.post("/auth/refresh", json=first).status_code == 401
    assert world.door.post("/auth/refresh", json=second).status_code == 401
    world.settle()
    assert world.mesh.facts[-1][0] == "auth.session_revoked"


def test_logging_out_ends_the_session(world: World) -> None:
    viewer = world.account("viewer")
    asked = {"refresh_token": viewer.tokens["refresh_token"]}
    assert world.door.post("/auth/logout", json=asked).status_code == 204
    assert world.door.post("/auth/logout", json=asked).status_code == 204
    assert world.door.post("/auth/refresh", json=asked).status_code == 401
    assert world.door.post("/auth/refresh", json={"refresh_token": "x"}).status_code == 401


def test_only_operators_grant_roles(world: World) -> None:
    viewer, operator = world.account("viewer"), world.account("boss", "viewer", "operator")
    path, asked = f"/auth/users/{viewer.id}/roles", {"roles": ["studio"]}
    assert viewer("PUT", path, json=asked).status_code == 403
    assert operator("PUT", path, json=asked).json()["roles"] == ["studio", "viewer"]
    assert operator("PUT", f"/auth/users/{uuid4()}/roles", json=asked).status_code == 404


def test_a_hash_is_argon2id_with_our_parameters() -> None:
    passwords = Argon2Secrets(cores=1)
    hashed = passwords.hash("a password")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches("a password", hashed)
    assert not passwords.matches("another", hashed)
    assert not passwords.matches("nobody's password", None)


class RefreshFamily(RuleBasedStateMachine):
    """However tokens are presented, there is one good generation, and true reuse is always caught."""

    @initialize()
    def begin(self) -> None:
        self.clock = TurnedClock()
        now = self.clock.now
        self.session = Session(SessionId(uuid4()), UserId(uuid4()), 1, now, now, now, "device")
        self.reused = False

    @rule(seconds=st.integers(0, 30))
    def wait(self, seconds: int) -> None:
        self.clock.turn(seconds=seconds)

    @rule(age=st.integers(0, 4))
    def present(self, age: int) -> None:
        generation = max(1, self.session.generation - age)
        behind = self.session.generation - generation
        verdict = self.session.judge(generation, self.clock.now)
        fresh = self.clock.now - self.session.rotated_at <= GRACE
        if self.reused:
            assert verdict is Refresh.DEAD
        elif behind == 0:
            assert verdict is Refresh.ROTATE
            self.session = self.session.rotated(self.clock.now)
        elif behind == 1 and fresh:
            assert verdict is Refresh.REPEAT
        else:
            assert verdict is Refresh.REUSED
            self.session = self.session.revoked("reuse", self.clock.now)
            self.reused = True

    @invariant()
    def never_from_the_future(self) -> None:
        if not self.reused:
            assert self.session.judge(self.session.generation, self.clock.now) is Refresh.ROTATE


RefreshFamily.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=30)
TestRefreshFamily = RefreshFamily.TestCase


def test_an_idle_session_dies() -> None:
    clock = TurnedClock()
    session = Session(
        SessionId(uuid4()), UserId(uuid4()), 1, clock.now, clock.now, clock.now, "device"
    )
    assert session.judge(1, clock.now + timedelta(days=31)) is Refresh.DEAD
