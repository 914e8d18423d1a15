"""Whatever is asked of a service: what it answers is what its description says, and never a fault of its own."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from apps.kit.clock import utc_now
from apps.kit.identity import Caller, InternalTokens, Role
from tests.flows.world import World

SERVICES = ("auth", "profiles", "videos", "transcoding", "catalog", "playback")
SOMEBODY = Caller(
    UUID(int=1), frozenset(Role), UUID(int=2), proved_at=utc_now(), profile_id=UUID(int=1)
)
EXAMPLES = 10
# What no schema can say: these take a secret that was handed out before, or parts that add up.
ALSO_REFUSED = {
    "POST /auth/email/verify", "POST /auth/email/login/verify", "POST /auth/password/reset",
    "POST /auth/device/token", "POST /videos/{video_id}/uploads",
}  # fmt: skip

load_all_checks()


def operations(schema: Any, mode: GenerationMode) -> Iterator[Any]:
    """Those of a service; with bad input only where there is any."""
    for result in schema.get_all_operations():
        operation = result.ok()
        if mode is GenerationMode.POSITIVE or operation.body or operation.query:
            yield operation


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_a_service_keeps_to_its_description(
    world: World, subtests: pytest.Subtests, service: str, mode: GenerationMode
) -> None:
    keys = world.secrets["internal_keys"]
    tokens = InternalTokens("1", keys["1"]["private"], utc_now)
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.mesh.app(service))
    headers = {"Authorization": f"Bearer {tokens.mint(SOMEBODY, service)}"}
    asked = 0
    for operation in operations(schema, mode):
        with subtests.test(operation.label):
            ask(operation, mode, headers)
        asked += 1
    assert asked > 0


# What ends the very session that asks.
ENDING = {"DELETE /auth/me", "DELETE /auth/sessions", "POST /auth/logout-all"}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_the_door_keeps_to_its_description(
    world: World, subtests: pytest.Subtests, mode: GenerationMode
) -> None:
    somebody = world.account("somebody", *Role)
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.mesh.app("gateway"))
    headers = {"Authorization": f"Bearer {somebody.tokens['access_token']}"}
    for operation in operations(schema, mode):
        if operation.label not in ENDING:
            with subtests.test(operation.label):
                ask(operation, mode, headers)
    # It was let in all the while: not everything was refused for the same reason.
    assert somebody("GET", "/auth/me").status_code == 200


def ask(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> None:
    """Ask an operation with generated input, good or bad, and check every answer."""
    without = {"positive_data_acceptance"} if operation.label in ALSO_REFUSED else set()
    checks: Any = [check for check in CHECKS.get_all() if check.__name__ not in without]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    def answers(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE:
            # That a cursor is one of ours, and a key not used before, is not for a schema to say.
            case.query.pop("cursor", None)
            case.headers.pop("Idempotency-Key", None)
        case.call_and_validate(headers=headers, checks=checks)

    answers()
