"""Latencies of the platform's requests, through the gateway and its sidecar."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import httpx

from apps.kit.clock import utc_now
from apps.kit.identity import InternalTokens
from scripts.clients.session import Session
from scripts.local.platform import Platform
from scripts.measure.load import Latencies, at_rate, one_by_one

WARM = 50


def sessions(url: str, viewers: Sequence[Session], video_id: str) -> Latencies:
    """`POST /playback/{id}/sessions` at 20 requests a second, by viewers in turn."""

    async def run() -> Latencies:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(_client(url, v)) for v in viewers]
            audience = _Audience(clients, video_id)
            # As much load before as in the measurement: pools fill, and everybody is connected.
            await at_rate(audience.turn, per_second=20, count=100)
            measured = await at_rate(audience.turn, per_second=20, count=400)
            await audience.leave()
            return measured

    return asyncio.run(run())


class _Audience:
    """Viewers who start a stream in turn; each stops it half a round later, within any plan."""

    def __init__(self, clients: Sequence[httpx.AsyncClient], video_id: str) -> None:
        self._clients = clients
        self._path = f"/playback/{video_id}/sessions"
        self._playing: dict[int, str] = {}
        self._stopping: list[asyncio.Task[None]] = []

    async def turn(self, number: int) -> bool:
        """The next viewer starts, and the one across the round stops; whether the start went well."""
        earlier = (number + len(self._clients) // 2) % len(self._clients)
        self._stopping.append(asyncio.create_task(self._stop(earlier)))
        viewer = number % len(self._clients)
        begun = await self._clients[viewer].post(self._path, json={"device": "bench"})
        if begun.status_code == 201:
            self._playing[viewer] = begun.json()["session_id"]
        return begun.status_code == 201

    async def leave(self) -> None:
        """Everybody stops."""
        everybody = (self._stop(viewer) for viewer in list(self._playing))
        await asyncio.gather(*self._stopping, *everybody)

    async def _stop(self, viewer: int) -> None:
        session = self._playing.pop(viewer, None)
        if session is not None:
            await self._clients[viewer].delete(f"/playback/sessions/{session}")


def searches(url: str, viewer: Session, titles: list[str]) -> Latencies:
    """`GET /search` with a typo and two facets, at 50 requests a second."""
    chance = random.Random(7)  # noqa: S311 - the same searches in every run
    words = [_mistyped(chance.choice(titles), chance) for _ in range(500)]

    async def run() -> Latencies:
        async with _client(url, viewer) as client:

            async def search(number: int) -> bool:
                asked = {"q": words[number % len(words)], "genre": "Drama", "language": "English"}
                return (await client.get("/search", params=asked)).status_code == 200

            await one_by_one(search, WARM)
            return await at_rate(search, per_second=50, count=1000)

    return asyncio.run(run())


def gateway_overhead(platform: Platform, viewer: Session, video_id: str) -> float:
    """Milliseconds, at the median, that the gateway and its sidecar add to a title's page."""
    path, secrets = f"/titles/{video_id}", platform.secrets["internal_keys"]["1"]
    token = InternalTokens("1", secrets["private"], utc_now).mint(None, "catalog")
    port = next(a["appPort"] for a in platform.run_file["apps"] if a["appID"] == "catalog")

    async def run() -> float:
        direct_headers = {"Authorization": f"Bearer {token}"}
        async with (
            _client(platform.places.gateway_url, viewer) as through,
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", headers=direct_headers
            ) as direct,
        ):
            medians = []
            for client in (through, direct):

                async def get(_: int, client: httpx.AsyncClient = client) -> bool:
                    return (await client.get(path)).status_code == 200

                await one_by_one(get, WARM)
                medians.append((await one_by_one(get, 400)).percentile(0.5))
            return medians[0] - medians[1]

    return asyncio.run(run())


def throughput(url: str, path: str, seconds: float = 10) -> float:
    """Answers per second to sixteen clients that never rest; the clients take part of the cores."""

    async def run() -> int:
        until, answered = time.monotonic() + seconds, 0

        async def client(http: httpx.AsyncClient) -> None:
            nonlocal answered
            while time.monotonic() < until:
                (await http.get(path)).raise_for_status()
                answered += 1

        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            await asyncio.gather(*(client(http) for _ in range(16)))
        return answered

    return asyncio.run(run()) / seconds


def _client(url: str, viewer: Session) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {viewer.access_token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=30)


def _mistyped(title: str, chance: random.Random) -> str:
    """A title with one letter of its longest word changed."""
    words = title.split()
    longest = max(words, key=len)
    if len(longest) < 5:
        return title
    at = chance.randrange(1, len(longest))
    wrong = longest[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + longest[at + 1 :]
    return title.replace(longest, wrong, 1)
