"""What changes something may be asked twice: by an idempotency key, or because twice is the same as once."""

import json
from typing import Any

import pytest

from apps.gateway.domain import Audience
from apps.gateway.openapi import CONTRACTS
from apps.gateway.routes import ROUTES
from tests.flows.world import Account, World, send, upload
from tests.profiles.test_households import add
from tests.profiles.titles import publish

# Routes that make something new at each call take a key. These do not, and this is why.
SAME_AGAIN = {
    # The second finds the state that the first left, and says so.
    "POST /videos/{video_id}/publish", "POST /videos/{video_id}/unpublish",
    "POST /uploads/{upload_id}/complete", "POST /uploads/{upload_id}/parts",
    "POST /transcoding/jobs/{job_id}/retry", "POST /transcoding/jobs/{job_id}/cancel",
    "POST /playback/sessions/{session_id}/heartbeat", "POST /drm/{system}",
    "POST /profiles/{user_id}/{profile_id}/choose",
    "POST /profiles/{user_id}/{profile_id}/watchlist/{title_id}/move",
    "POST /reviews/{review_id}/reports", "POST /reviews/{review_id}/decision",
    "POST /auth/logout", "POST /auth/logout-all", "POST /auth/device/look",
    # One per address, whoever asks; mails are limited besides.
    "POST /auth/signup", "POST /auth/email/resend", "POST /auth/email/login", "POST /auth/password/forgot",
    # What is shown is used up, or has its own grace (refresh).
    "POST /auth/email/verify", "POST /auth/email/login/verify", "POST /auth/password/reset",
    "POST /auth/mfa/totp/verify", "POST /auth/mfa/recovery", "POST /auth/mfa/totp/confirm",
    "POST /auth/oauth/{provider}/callback", "POST /auth/oauth/{provider}/link",
    "POST /auth/passkeys/login/verify", "POST /auth/passkeys/register/verify",
    "POST /auth/device/approve", "POST /auth/device/token", "POST /auth/refresh",
    # A new challenge, code or seed replaces the one before; the answer is a secret that is kept nowhere.
    "POST /auth/passkeys/login/options", "POST /auth/passkeys/register/options",
    "POST /auth/mfa/totp/enrol", "POST /auth/mfa/recovery/renew", "POST /auth/device/code",
    "POST /auth/oauth/{provider}/link/start",
    # The same password again; a second session is listed, and the eleventh ends the oldest.
    "POST /auth/login", "POST /auth/step-up", "POST /auth/password/change",
}  # fmt: skip


def takes_a_key(operation: dict[str, Any]) -> bool:
    return any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", []))


def test_every_route_that_makes_something_takes_a_key() -> None:
    paths = json.loads((CONTRACTS / "gateway.json").read_text())["paths"]
    posts = {f"POST {path}": item["post"] for path, item in paths.items() if "post" in item}
    without = {name for name, operation in posts.items() if not takes_a_key(operation)}
    assert without == SAME_AGAIN
    methods = {route.method for route in ROUTES if route.audience is not Audience.PLAYER}
    assert methods == {"GET", "POST", "PUT", "DELETE"}


@pytest.fixture
def studio(world: World) -> Account:
    return world.account("studio", "studio")


def twice(account: Account, method: str, path: str, **asked: Any) -> list[int]:
    return [account(method, path, **asked).status_code for _ in range(2)]


def test_a_studio_may_say_everything_twice(world: World, studio: Account) -> None:
    video = studio("POST", "/videos", json={"title": "Dune"}).json()["id"]
    upload_id = send(world, studio, video)["id"]
    assert twice(studio, "POST", f"/uploads/{upload_id}/complete") == [200, 200]
    assert twice(studio, "POST", f"/videos/{video}/publish") == [200, 200]
    assert twice(studio, "POST", f"/videos/{video}/unpublish") == [200, 200]
    assert twice(studio, "DELETE", f"/videos/{video}")[0] == 204


def test_a_viewer_may_say_everything_twice(world: World, studio: Account) -> None:
    video = upload(world, studio)
    world.transcode()
    world.settle()
    viewer, other = world.account("viewer"), publish(world, "Other")
    own = f"/profiles/{viewer.id}/{viewer.id}"
    beat = viewer("POST", f"/playback/{video}/sessions", json={}).json()["session_id"]
    stream = f"/playback/sessions/{beat}"
    assert twice(viewer, "POST", f"{stream}/heartbeat", json={"position_seconds": 1}) == [200, 200]
    for title in (video, other):
        assert twice(viewer, "PUT", f"{own}/watchlist/{title}") == [204, 204]
    move = {"before": other}
    assert twice(viewer, "POST", f"{own}/watchlist/{video}/move", json=move) == [204, 204]
    assert twice(viewer, "PUT", f"{own}/ratings/{video}", json={"stars": 3}) == [200, 200]
    assert twice(viewer, "DELETE", f"{own}/history/{video}") == [204, 204]
    kid = add(viewer, "Kim")
    choose = f"/profiles/{viewer.id}/{kid}/choose"
    assert twice(viewer, "POST", choose, json={}) == [200, 200]
