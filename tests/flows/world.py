"""All services in one process: their own composition roots, a mesh, and stand-ins for what is outside."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from starlette.testclient import TestClient

from apps.auth import main as auth
from apps.auth.domain.guessing import GuessingRules
from apps.auth.domain.letter import Letter
from apps.auth.memory import MemoryMailer, MemoryThrottle
from apps.auth.postman import Postman
from apps.catalog import main as catalog
from apps.catalog.memory import MemoryIndex
from apps.catalog.service import Catalog
from apps.contracts.transcoding import Package, Rendition
from apps.edge import main as edge
from apps.edge.domain import MediaObject
from apps.edge.memory import MemoryOrigin
from apps.gateway import main as gateway
from apps.gateway.memory import MemoryActingCopies, MemoryLimits
from apps.kit.clock import new_id, utc_now
from apps.kit.database import Database
from apps.kit.runtime import Runtime
from apps.kit.settings import Environment
from apps.kit.testing.clock import TurnedClock
from apps.kit.testing.mesh import InProcessMesh
from apps.kit.testing.state import MemoryState
from apps.playback import main as playback
from apps.playback.memory import MemoryLeases
from apps.profiles import main as profiles
from apps.transcoding import main as transcoding
from apps.transcoding.domain.failure import Failure
from apps.transcoding.domain.step import StepKind, StepResult
from apps.transcoding.memory import MemoryAssets
from apps.transcoding.service.steps import Claim, TranscodingSteps
from apps.transcoding.store import Store as TranscodingStore
from apps.videos import main as videos
from apps.videos.memory import MemoryMasters
from apps.videos.service.uploading import Uploading
from scripts.local.places import Places
from scripts.local.secret_files import make_secrets, service_secrets

PASSWORD = "a long enough password"
CLIENT_SECRET = "a-secret-of-this-client-alone"
PART = 5 * 1024 * 1024
VARIABLES = {
    "MARQUEE_ENV": "test",
    "MARQUEE_S3_INTERNAL_URL": "http://127.0.0.1:1",
    "MARQUEE_S3_PUBLIC_URL": "http://127.0.0.1:1",
    "MARQUEE_TYPESENSE_URL": "http://127.0.0.1:1",
    "MARQUEE_MEDIA_URL": "http://media.test",
    "MARQUEE_WEB_ORIGINS": "http://web.test",
    "MARQUEE_GATEWAY_CORS_ORIGINS": "https://app.example, https://tv.example",
    "MARQUEE_WORK_FOLDER": "/nonexistent",
    "MARQUEE_TRANSCODING_WORKERS": "0",
    "MARQUEE_PLAYBACK_CLEARKEY": "1",
    "MARQUEE_ARGON2_MEMORY_KIB": "64",
    "MARQUEE_NETWORK_FACTOR": "100",
    # Nobody here is late: whatever else runs on the machine.
    "MARQUEE_GATEWAY_PAGE_MILLISECONDS": "10000",
    # Stand-ins that only the tests of signing in elsewhere start.
    "MARQUEE_AUTH_GOOGLE_CLIENT_ID": "marquee-here",
    "MARQUEE_AUTH_GOOGLE_ISSUER": "http://127.0.0.1:27391",
    "MARQUEE_AUTH_GITHUB_CLIENT_ID": "marquee-here",
    "MARQUEE_AUTH_GITHUB_URL": "http://127.0.0.1:27392",
    "MARQUEE_AUTH_GITHUB_API_URL": "http://127.0.0.1:27392",
}
MEDIA = {
    "format": "mov,mp4",
    "width": 1280,
    "height": 720,
    "duration_seconds": 24.0,
    "frame_rate": "24",
    "start_seconds": 0.0,
    "video_start_seconds": 0.0,
    "interlaced": False,
    "audio": ({"index": 0, "language": "en", "channels": 2},),
}


@dataclass(frozen=True)
class Ground(Runtime):
    """A runtime on the test's own pool of connections."""

    own: Database | None = None

    def database(self, service: str, *, connections: int = 10) -> Database:
        """The pool that the test closes."""
        assert self.own is not None
        return self.own


class World:
    """The platform; everything is asked for through the gateway."""

    def __init__(
        self, places: Places, databases: Mapping[str, Database], clock: TurnedClock
    ) -> None:
        self.clock = clock
        self.databases = databases
        self.mesh = InProcessMesh()
        self.masters, self.assets = MemoryMasters(), MemoryAssets()
        self.index, self.origin = MemoryIndex(), MemoryOrigin()
        self.leases, self.state = MemoryLeases(clock), MemoryState()
        self.copies = MemoryActingCopies()
        self.throttle, self.mailer = MemoryThrottle(GuessingRules(), clock), MemoryMailer()
        self.secrets = secrets = make_secrets(places)

        def ground(service: str) -> Runtime:
            environment = Environment(service, VARIABLES)
            known = service_secrets(service, secrets, places)
            if service == "auth":
                known |= dict.fromkeys(
                    ("google_client_secret", "github_client_secret"), CLIENT_SECRET
                )
            # The door's tokens live by the real time, like the library that verifies them.
            now = utc_now if service == "gateway" else clock
            own = databases.get(service)
            return Ground(
                environment=environment, secrets=known, state=self.state, clock=now, own=own
            )

        apps = {
            "auth": auth.compose(ground("auth"), self.throttle, self.mailer),
            "profiles": profiles.compose(ground("profiles")),
            "videos": videos.compose(ground("videos"), self.masters),
            "transcoding": transcoding.compose(ground("transcoding"), self.assets),
            "catalog": catalog.compose(ground("catalog"), self.index),
            "playback": playback.compose(ground("playback"), self.leases),
            "edge": edge.compose(ground("edge"), self.origin),
        }
        for service, app in apps.items():
            self.mesh.join(service, app, databases.get(service))
        self.uploading: Uploading = apps["videos"].state.use_cases.uploading
        self.catalog: Catalog = apps["catalog"].state.use_cases
        self.edge = TestClient(apps["edge"])
        door = gateway.compose(ground("gateway"), self.mesh, MemoryLimits(), MemoryActingCopies())
        self.mesh.join("gateway", door)
        self.door = TestClient(door)
        store = TranscodingStore(databases["transcoding"])
        self.steps = TranscodingSteps(store.open, clock=clock, new_id=new_id)

    def mail(self) -> list[Letter]:
        """The letters that were sent since the last look."""
        postman = Postman(self.databases["auth"], self.mailer, self.clock)
        while postman.send_one():
            continue
        sent, self.mailer.sent = self.mailer.sent, []
        return sent

    def settle(self) -> None:
        """Deliver every fact, and bring the index up to date."""
        self.mesh.deliver()
        while self.catalog.index_batch():
            continue

    def account(self, name: str, *roles: str) -> "Account":
        """Somebody signed up and in, with some roles."""
        email = f"{name}@example.com"
        asked = {"email": email, "password": PASSWORD}
        assert self.door.post("/auth/signup", json=asked).status_code == 202
        self.settle()
        if roles:
            with self.databases["auth"].begin() as connection:
                connection.exec_driver_sql(
                    "UPDATE users SET roles = %s WHERE email = %s", (list(roles), email)
                )
        tokens = self.door.post("/auth/login", json=asked).json()
        return Account(self.door, tokens)

    def transcode(self, *, until: StepKind | None = None) -> list[str]:
        """Do every step that is ready, as a worker would; the names of the steps in order."""
        done = []
        while (claim := self.steps.claim("test")) is not None:
            done.append(claim.step.name)
            if claim.step.kind is until:
                return done
            self.finish(claim)
        return done

    def finish(self, claim: Claim) -> None:
        """A step ends well."""
        if claim.step.kind is StepKind.STARTER:
            self.steps.announce_playable(claim.step, package_of(claim, "s"))
        assert self.steps.finish(claim.step, StepResult(_output(claim), 1.0, 1000))

    def fail(self, claim: Claim, failure: Failure) -> None:
        """A step fails."""
        self.steps.fail(claim.step, failure)


class Account:
    """Somebody at the door."""

    def __init__(self, door: TestClient, tokens: Mapping[str, Any]) -> None:
        self._door = door
        self.tokens = tokens

    @property
    def id(self) -> UUID:
        """The account's id."""
        token = self.tokens["access_token"]
        return UUID(jwt.decode(token, options={"verify_signature": False})["sub"])

    def __call__(self, method: str, path: str, **asked: Any) -> Any:
        """A request with the access token; the response."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        headers |= asked.pop("headers", {})
        return self._door.request(method, path, headers=headers, **asked)


def upload(world: World, studio: Account, *, publish: bool = True, title: str = "Dune") -> str:
    """A film of one part, uploaded by a studio; the video's id."""
    asked = {"title": title, "genres": ["Drama"], "year": 1984, "publish": publish}
    video = studio("POST", "/videos", json=asked).json()
    begun = send(world, studio, video["id"])
    assert studio("POST", f"/uploads/{begun['id']}/complete").status_code == 200
    world.settle()
    return str(video["id"])


def send(world: World, studio: Account, video_id: str, data: bytes = b"film") -> dict[str, Any]:
    """An upload whose one part is there, not completed yet."""
    begun: dict[str, Any] = studio("POST", f"/videos/{video_id}/uploads", json=plan(data)).json()
    parts = studio("POST", f"/uploads/{begun['id']}/parts", json={"numbers": [1]}).json()["parts"]
    key, store_id, number = parts[0]["url"].removeprefix("memory:").rsplit("/", 2)
    world.masters.put(key, store_id, int(number), data)
    return begun


def plan(data: bytes) -> dict[str, Any]:
    """What an upload of some bytes declares."""
    parts = [data[start : start + PART] for start in range(0, max(1, len(data)), PART)]
    return {
        "size_bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "part_bytes": PART,
        "part_md5s": [hashlib.md5(part).hexdigest() for part in parts],
    }


def package_of(claim: Claim, letter: str) -> Package:
    """A package as the bench would make it."""
    job = claim.job
    prefix = f"vod/{job.asset_id}/{job.asset_version}{letter}{claim.step.attempt}/"
    return Package(
        asset_id=job.asset_id,
        asset_version=job.asset_version,
        prefix=prefix,
        dash=prefix + "manifest.mpd",
        hls=prefix + "master.m3u8",
        dash_clearkey=prefix + "manifest-clearkey.mpd",
        keys=tuple(job.keys),
        duration_seconds=24.0,
        renditions=(Rendition(name="720p", width=1280, height=720, label="HD", bytes=1000),),
    )


def stored(world: World, key: str, data: bytes = b"0123456789") -> None:
    """An object that edge can serve."""
    world.origin.objects[key] = MediaObject(data, "video/iso.segment", '"etag"')


def _output(claim: Claim) -> dict[str, Any]:
    kind = claim.step.kind
    if kind is StepKind.PROBE:
        return dict(MEDIA)
    if kind is StepKind.INDEX:
        return {"frames": 576, "exact": True}
    if kind is StepKind.PACKAGE:
        return package_of(claim, "p").model_dump(mode="json")
    if kind is StepKind.THUMBNAILS:
        base = f"art/{claim.job.asset_id}/"
        return {"prefix": "x", "thumbnails": base + "thumbnails.vtt", "poster": base + "poster.jpg"}
    return {"prefix": f"{claim.job.asset_id}/{claim.step.name}"}
