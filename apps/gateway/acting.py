"""Who of a household acts in a session: asked of profiles once, then known until something changes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from apps.gateway.domain import Acting
from apps.gateway.ports import ActingCopies
from apps.kit.errors import UnavailableError
from apps.kit.identity import Caller

AskProfiles = Callable[[Caller], Awaitable[Acting]]


class ActingProfiles:
    """Completes callers by the profile that they act as, and what it may see."""

    def __init__(self, copies: ActingCopies, ask: AskProfiles) -> None:
        self._copies = copies
        self._ask = ask

    async def complete(self, caller: Caller) -> tuple[Caller, str]:
        """The caller with profile and limit, and their plan; UnavailableError if nobody can tell."""
        acting = await self._acting(caller)
        known = replace(caller, profile_id=acting.profile_id, max_age=acting.max_age)
        return known, acting.plan

    async def forget(self, user_id: UUID) -> None:
        """The household has just changed through this door."""
        await self._copies.forget_soon(user_id)

    def hear(self, user_id: UUID) -> None:
        """The household has changed; UnavailableError if that could not be noted."""
        self._copies.forget(user_id)

    async def _acting(self, caller: Caller) -> Acting:
        try:
            copy, version = await self._copies.get(caller.user_id, caller.session())
        except UnavailableError:
            return await self._ask(caller)
        if copy is not None:
            return copy
        acting = await self._ask(caller)
        await self._copies.keep(caller.user_id, caller.session(), acting, version)
        return acting
