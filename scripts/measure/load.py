"""An open load: requests leave by the clock, however slow the answers are."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Send = Callable[[int], Awaitable[bool]]


@dataclass(frozen=True)
class Latencies:
    """Milliseconds of every request, sorted, and how many failed."""

    milliseconds: Sequence[float]
    failures: int

    def percentile(self, share: float) -> float:
        """The smallest latency that `share` of all requests did not exceed."""
        last = len(self.milliseconds) - 1
        return self.milliseconds[min(last, int(share * len(self.milliseconds)))]


async def at_rate(send: Send, *, per_second: float, count: int) -> Latencies:
    """Send `count` requests evenly; each latency counts from when it was due."""
    begun = time.perf_counter()
    taken: list[float] = []
    failures = 0

    async def one(number: int) -> None:
        nonlocal failures
        due = begun + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        started = time.perf_counter()
        if await send(number):
            taken.append((time.perf_counter() - min(started, due + 0.001)) * 1000)
        else:
            failures += 1

    await asyncio.gather(*(one(number) for number in range(count)))
    return Latencies(sorted(taken), failures)


async def one_by_one(send: Send, count: int) -> Latencies:
    """Send `count` requests, each after the answer before."""
    taken: list[float] = []
    failures = 0
    for number in range(count):
        started = time.perf_counter()
        if await send(number):
            taken.append((time.perf_counter() - started) * 1000)
        else:
            failures += 1
    return Latencies(sorted(taken), failures)
