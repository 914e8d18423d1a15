"""Checks delivery tokens and serves media, each object fetched once however many ask for it."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

from apps.contracts import delivery
from apps.contracts.videos import VideoDeleted
from apps.edge.domain import DeliveryTokenError, MediaNotFoundError, MediaObject, MediaPath
from apps.edge.ports import Origin
from apps.kit.clock import Clock

CACHE_BYTES = 96 * 1024 * 1024
OBJECT_BYTES = 16 * 1024 * 1024
# How long a request waits for a segment that the starter has not made yet.
GROWING_SECONDS = 8.0
LOOK_SECONDS = 0.2
PURGED_MOST = 100_000


class Edge:
    """One copy of everything, for all viewers."""

    def __init__(self, origin: Origin, keys: Mapping[str, bytes], clock: Clock) -> None:
        self._origin = origin
        self._keys = dict(keys)
        self._clock = clock
        self._cache: OrderedDict[str, MediaObject] = OrderedDict()
        self._size = 0
        self._flights: dict[str, asyncio.Task[MediaObject | None]] = {}
        self._purged: OrderedDict[str, None] = OrderedDict()
        self.hits = self.misses = 0

    async def protected(self, token: str, path: MediaPath) -> MediaObject:
        """An object that a delivery token opens; DeliveryTokenError or MediaNotFoundError if not."""
        try:
            now = self._clock().timestamp()
            delivery.check(token, path.key, keys=self._keys, now=now)
        except delivery.DeliveryRefusedError as refused:
            raise DeliveryTokenError(str(refused)) from refused
        return await self._get(path)

    async def open(self, path: MediaPath) -> MediaObject:
        """A picture, for everybody."""
        if not path.key.startswith("art/"):
            raise MediaNotFoundError("no such media")
        return await self._get(path)

    def use_keys(self, keys: Mapping[str, bytes]) -> None:
        """Check tokens by these keys from now on."""
        self._keys = dict(keys)

    def purge(self, fact: VideoDeleted) -> None:
        """A video was deleted: serve nothing of it any more."""
        for asset_id in fact.asset_ids:
            for kind in ("vod", "art"):
                self._purged[f"{kind}/{asset_id}/"] = None
        while len(self._purged) > PURGED_MOST:
            self._purged.popitem(last=False)
        for key in list(self._cache):
            if MediaPath(key).asset_prefix in self._purged:
                self._size -= len(self._cache.pop(key).data)

    async def _get(self, path: MediaPath) -> MediaObject:
        if path.asset_prefix in self._purged:
            raise MediaNotFoundError("no such media")
        cached = self._cache.get(path.key)
        if cached is not None:
            self._cache.move_to_end(path.key)
            self.hits += 1
            return cached
        self.misses += 1
        found = await self._fly(path)
        deadline = asyncio.get_running_loop().time() + GROWING_SECONDS
        while found is None and path.growing and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_SECONDS)
            found = await self._fly(path)
        if found is None:
            raise MediaNotFoundError("no such media")
        return found

    async def _fly(self, path: MediaPath) -> MediaObject | None:
        """Fetch an object, together with everybody who asks for it meanwhile."""
        flight = self._flights.get(path.key)
        if flight is None:
            flight = asyncio.create_task(self._origin.fetch(path.key))
            self._flights[path.key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(path.key, None))
        # A viewer who goes away must not take the flight from the others.
        found = await asyncio.shield(flight)
        if found is not None and path.immutable and path.asset_prefix not in self._purged:
            self._keep(path.key, found)
        return found

    def _keep(self, key: str, found: MediaObject) -> None:
        if key in self._cache or len(found.data) > OBJECT_BYTES:
            return
        self._cache[key] = found
        self._size += len(found.data)
        while self._size > CACHE_BYTES:
            _, oldest = self._cache.popitem(last=False)
            self._size -= len(oldest.data)
