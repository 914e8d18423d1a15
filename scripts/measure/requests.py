"""Latencies of the platform's requests, through the gateway and its sidecar."""

import asyncio
import random
from typing import Any

import httpx

from apps.kit.clock import utc_now
from apps.kit.identity import InternalTokens
from scripts.clients.session import Session
from scripts.local.platform import Platform
from scripts.measure.load import Latencies, at_rate, one_by_one

WARM = 50


def sessions(platform: Platform, viewer: Session, video_id: str) -> Latencies:
    """`POST /playback/{id}/sessions` at 20 requests a second; each stream is stopped again."""

    async def run() -> Latencies:
        async with _client(platform, viewer) as client:

            async def start(_: int) -> bool:
                path = f"/playback/{video_id}/sessions"
                begun = await client.post(path, json={"device": "bench"})
                if begun.status_code != 201:
                    return False
                stopping.append(
                    asyncio.create_task(
                        client.delete(f"/playback/sessions/{begun.json()['session_id']}")
                    )
                )
                return True

            stopping: list[Any] = []
            await one_by_one(start, WARM)
            measured = await at_rate(start, per_second=20, count=400)
            await asyncio.gather(*stopping)
            return measured

    return asyncio.run(run())


def searches(platform: Platform, viewer: Session, titles: list[str]) -> Latencies:
    """`GET /search` with a typo and two facets, at 50 requests a second."""
    chance = random.Random(7)  # noqa: S311 - the same searches in every run
    words = [_mistyped(chance.choice(titles), chance) for _ in range(500)]

    async def run() -> Latencies:
        async with _client(platform, viewer) as client:

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
            _client(platform, viewer) as through,
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


def _client(platform: Platform, viewer: Session) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {viewer.access_token}"}
    return httpx.AsyncClient(base_url=platform.places.gateway_url, headers=headers, timeout=30)


def _mistyped(title: str, chance: random.Random) -> str:
    """A title with one letter of its longest word changed."""
    words = title.split()
    longest = max(words, key=len)
    if len(longest) < 5:
        return title
    at = chance.randrange(1, len(longest))
    wrong = longest[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + longest[at + 1 :]
    return title.replace(longest, wrong, 1)
