"""Who comes in now: not more often than their quotas allow, and not by a session that has ended."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from apps.gateway.domain import (
    PLAN_FACTORS,
    QUOTAS,
    STRICT,
    Drawn,
    Quota,
    QuotaExceededError,
    Rate,
    Route,
)
from apps.gateway.ports import Limits
from apps.kit.errors import UnauthorizedError, UnavailableError
from apps.kit.identity import Caller
from apps.kit.metrics import UNLIMITED


class Admission:
    """The shared limits; while they are away, reads come in unlimited and the rest by this process's own."""

    def __init__(self, shared: Limits, own: Limits, network_factor: int) -> None:
        self._shared = shared
        self._own = own
        self._factor = network_factor

    async def check(
        self, route: Route, caller: Caller | None, address: str, plan: str = ""
    ) -> Mapping[str, str]:
        """The RateLimit headers of a request that may come in, from somebody on a plan.

        QuotaExceededError if it is one too many, UnauthorizedError if its session has ended.
        """
        if route.rate is Rate.OPEN:
            return {}
        named = self._quotas(route.rate, caller, address, plan)
        session = caller.session_id if caller else None
        try:
            drawn = await self._shared.draw(session, named)
        except UnavailableError:
            return await self._alone(route, named)
        if drawn.ended:
            raise UnauthorizedError("this session has ended; sign in again")
        return _judged(route.rate, [quota for _, quota in named], drawn)

    def end_session(self, session_id: UUID) -> None:
        """A session was ended: its access token opens nothing any more."""
        self._shared.end_session(session_id)

    async def _alone(self, route: Route, named: Sequence[tuple[str, Quota]]) -> Mapping[str, str]:
        UNLIMITED.labels(route.rate).inc()
        if route.sensitive:
            # Whether the session has ended cannot be told now, and here it matters.
            raise UnavailableError("this cannot be checked for the moment")
        if route.rate is Rate.READ:
            return {}
        strict = [(key, quota.divided(STRICT)) for key, quota in named]
        drawn = await self._own.draw(None, strict)
        return _judged(route.rate, [quota for _, quota in strict], drawn)

    def _quotas(
        self, rate: Rate, caller: Caller | None, address: str, plan: str
    ) -> list[tuple[str, Quota]]:
        own, network = QUOTAS[rate]
        named = [(f"{rate}:net:{address}", network.times(self._factor))]
        if caller is not None:
            named.insert(0, (f"{rate}:user:{caller.user_id}", own.times(PLAN_FACTORS.get(plan, 1))))
        return named


def _judged(rate: Rate, quotas: Sequence[Quota], drawn: Drawn) -> Mapping[str, str]:
    """Headers as draft-ietf-httpapi-ratelimit-headers-10 has them, of the bucket that has least left."""
    number = drawn.short if drawn.short is not None else drawn.left.index(min(drawn.left))
    quota, left, full = quotas[number], drawn.left[number], drawn.full_seconds[number]
    headers = {
        "ratelimit-policy": f'"{rate}";q={quota.burst};w={quota.window_seconds}',
        "ratelimit": f'"{rate}";r={left};t={max(1, round(full))}',
    }
    if drawn.short is not None:
        raise QuotaExceededError(rate, drawn.wait_seconds, headers)
    return headers
