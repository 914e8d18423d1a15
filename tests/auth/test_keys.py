"""Keys of access tokens follow each other without a gap, and one that leaked is denied within a minute."""

from collections.abc import Iterator
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from apps.auth.domain.token import KNOWN_FIRST
from apps.auth.store import Store
from apps.auth.tokens import KeyRing
from apps.gateway.access import FRESH_SECONDS, AccessTokens
from apps.kit.clock import new_id
from apps.kit.errors import UnauthorizedError
from apps.kit.wrapping import AesKeyWrap
from tests.flows.world import World


@pytest.fixture
def ring(world: World) -> Iterator[KeyRing]:
    forget(world)
    yield made(world)
    forget(world)


def forget(world: World) -> None:
    with world.databases["auth"].begin() as connection:
        connection.exec_driver_sql("DELETE FROM signing_keys")


def made(world: World) -> KeyRing:
    store = Store(world.databases["auth"], world.clock)
    return KeyRing(store.open, AesKeyWrap({1: bytes(32)}), clock=world.clock, new_id=new_id)


def ids(ring: KeyRing) -> list[str]:
    return [key.key_id for key in ring.published()]


def test_there_are_always_two_and_every_process_has_the_same(world: World, ring: KeyRing) -> None:
    assert len(ids(ring)) == 2
    assert ids(made(world)) == ids(ring)
    assert made(world).signing()[0] == ring.signing()[0]


def test_a_new_key_is_known_for_two_hours_before_it_signs(world: World, ring: KeyRing) -> None:
    world.clock.turn(hours=3)
    before = ring.signing()[0]
    world.clock.turn(seconds=1)
    fresh = ring.rotate()
    assert fresh in ids(ring)
    assert ring.signing()[0] == before
    world.clock.turn(seconds=KNOWN_FIRST.total_seconds() - 1)
    assert ring.signing()[0] == before
    world.clock.turn(seconds=1)
    assert ring.signing()[0] == fresh
    # What the old one signed is still good.
    assert before in ids(ring)


def test_other_processes_hear_of_it_within_half_a_minute(world: World, ring: KeyRing) -> None:
    other = made(world)
    assert len(ids(other)) == 2
    fresh = ring.rotate()
    world.clock.turn(seconds=31)
    assert fresh in ids(other)


def test_a_denied_key_is_gone_and_there_are_still_two(world: World, ring: KeyRing) -> None:
    world.clock.turn(hours=3)
    leaked = ring.signing()[0]
    assert ring.deny(leaked)
    assert leaked not in ids(ring)
    assert len(ids(ring)) == 2
    assert ring.signing()[0] != leaked
    assert not ring.deny("no such key")
    world.clock.turn(hours=3)
    assert leaked not in ids(ring)


@pytest.mark.anyio
async def test_the_door_forgets_a_denied_key_within_a_minute() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    published = [{**public, "kid": "1", "alg": "ES256"}]
    now = [0.0]

    async def fetch() -> dict[str, object]:
        return {"keys": published}

    door = AccessTokens(fetch, lambda: now[0])
    claims = {
        "iss": "marquee",
        "aud": "marquee-api",
        "sub": str(UUID(int=1)),
        "sid": str(UUID(int=2)),
    }
    signed = jwt.encode(
        {**claims, "iat": 1, "exp": 4_000_000_000},
        private,
        "ES256",
        headers={"kid": "1", "typ": "at+jwt"},
    )
    assert await door.read(f"Bearer {signed}") is not None
    published.clear()
    assert FRESH_SECONDS < 60
    now[0] = FRESH_SECONDS + 1
    with pytest.raises(UnauthorizedError):
        await door.read(f"Bearer {signed}")
