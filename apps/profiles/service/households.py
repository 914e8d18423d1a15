"""The household's profiles: who they are, who a session acts as, and what locks them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.contracts.auth import SessionRevoked, UserDeleted, UserRegistered
from apps.contracts.profiles import HouseholdChanged, ProfilesErased
from apps.kit.clock import Clock, NewId
from apps.kit.work import IdempotencyKey
from apps.profiles.domain.household import (
    Acting,
    Household,
    OtherProfileError,
    Profile,
    ProfileId,
    ProfileSettings,
    SessionId,
    UserId,
)
from apps.profiles.domain.pin import Pin, PinNeededError
from apps.profiles.ports import OpenWork, Pins, ProfilesWork, ReadCache

# So recently the account's owner has shown who they are to set a PIN from any profile.
FRESH = timedelta(minutes=5)


@dataclass(frozen=True)
class Asking:
    """Whose household, in which session, and when that session last proved who it is."""

    user_id: UserId
    session_id: SessionId
    proved_at: datetime | None = None


class Households:
    """Everything about profiles themselves."""

    def __init__(
        self,
        open_work: OpenWork,
        pins: Pins,
        cache: ReadCache,
        plan: str,
        *,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._open_work = open_work
        self._pins = pins
        self._cache = cache
        self._plan = plan
        self._clock = clock
        self._new_id = new_id

    def shown(self, user_id: UserId, show: Callable[[Household], str]) -> str:
        """The household as `show` writes it down; one that nobody has heard of yet begins."""

        def load() -> str:
            with self._open_work() as work:
                return show(self._find(work, user_id))

        return self._cache.read(household_key(user_id), load)

    def acting(self, user_id: UserId, session_id: SessionId) -> tuple[Acting, str]:
        """Who a session acts as, and the household's plan."""
        with self._open_work() as work:
            household = self._find(work, user_id)
            return self._acting(work, household, session_id), household.plan

    def acting_in(self, work: ProfilesWork, asking: Asking, profile_id: ProfileId) -> Acting:
        """The session, acting as this profile; in a transaction at hand.

        Who has no limit may also look into profiles that have one. Raises ProfileNotFoundError or
        OtherProfileError.
        """
        household = self._find(work, asking.user_id)
        limit = household.profile(profile_id).settings.limit
        acting = self._acting(work, household, asking.session_id)
        if acting.profile_id == profile_id:
            return acting
        if acting.guardian and limit is not None:
            return Acting(profile_id, limit)
        raise OtherProfileError("this session acts as another profile of the household")

    def add(
        self, asking: Asking, settings: ProfileSettings, key: IdempotencyKey | None
    ) -> tuple[Household, ProfileId]:
        """Another profile; GuardianOnlyError, TooManyProfilesError."""
        with self._changing(asking.user_id), self._open_work() as work:
            household = self._guarded(work, asking)
            made = work.remembered(key)
            if made is not None:
                return household, ProfileId(UUID(made))
            profile = Profile(ProfileId(self._new_id()), settings, self._clock())
            changed = self._save(work, household.added(profile))
            work.remember(key, profile.id)
        return changed, profile.id

    def change(self, asking: Asking, profile_id: ProfileId, settings: ProfileSettings) -> Household:
        """Other settings of a profile; GuardianOnlyError, FirstProfileError."""
        with self._changing(asking.user_id), self._open_work() as work:
            household = self._guarded(work, asking)
            return self._save(work, household.changed(profile_id, settings))

    def order(self, asking: Asking, profile_ids: Sequence[ProfileId]) -> Household:
        """The profiles in another order; GuardianOnlyError, FirstProfileError."""
        with self._changing(asking.user_id), self._open_work() as work:
            return self._save(work, self._guarded(work, asking).ordered(profile_ids))

    def remove(self, asking: Asking, profile_id: ProfileId) -> None:
        """Forget a profile and all that it said and watched; GuardianOnlyError, FirstProfileError."""
        keys = (household_key(asking.user_id), watchlist_key(profile_id))
        with self._cache.writing(*keys), self._open_work() as work:
            self._save(work, self._guarded(work, asking).without(profile_id))
            work.households.forget(asking.user_id, profile_id)

    def choose(self, asking: Asking, profile_id: ProfileId, pin: str | None) -> Acting:
        """Act as a profile from now on; PinNeededError, PinWaitError."""
        hashed = self._guess(asking.user_id, profile_id, pin)
        right = hashed is not None and pin is not None and self._pins.matches(pin, hashed)
        with self._changing(asking.user_id), self._open_work() as work:
            household = self._lock(work, asking.user_id)
            held = household.profile(profile_id).pin
            # Also one that was set only just now.
            if held is not None and not (right and held.hashed == hashed):
                raise PinNeededError("this takes the profile's PIN")
            work.households.choose(asking.session_id, asking.user_id, profile_id)
            return self._save(work, household.chosen(profile_id)).acting(profile_id)

    def set_pin(self, asking: Asking, profile_id: ProfileId, pin: str | None) -> Household:
        """A profile's new PIN, or none.

        By a profile without a limit, or by whoever has just shown that the account is theirs; so
        a PIN that was forgotten locks nobody out. Raises GuardianOnlyError.
        """
        hashed = self._pins.hash(pin) if pin is not None else None
        with self._changing(asking.user_id), self._open_work() as work:
            household = self._lock(work, asking.user_id)
            if asking.proved_at is None or self._clock() - asking.proved_at > FRESH:
                self._acting(work, household, asking.session_id).check_guardian()
            locked = household.locked_by(profile_id, Pin(hashed) if hashed else None)
            return self._save(work, locked)

    def put_on_plan(self, user_id: UserId, plan: str) -> Household:
        """Another plan for a household, until billing says otherwise."""
        with self._changing(user_id), self._open_work() as work:
            return self._save(work, self._lock(work, user_id).on_plan(plan))

    def register(self, fact: UserRegistered) -> None:
        """Somebody has an account: their household begins with one profile."""
        with self._open_work() as work:
            self._lock(work, UserId(fact.user_id))

    def erase(self, fact: UserDeleted) -> None:
        """Somebody closed their account: all of it goes, and no later fact brings it back."""
        user_id = UserId(fact.user_id)
        with self._open_work() as work:
            household = work.households.lock(user_id, self._plan)
            keys = [
                household_key(user_id),
                *(watchlist_key(each.id) for each in household.profiles),
            ]
            with self._cache.writing(*keys):
                work.households.save(household.gone())
                work.households.forget(user_id)
                work.announce(ProfilesErased(sequence=fact.sequence, user_id=fact.user_id))

    def end_session(self, fact: SessionRevoked) -> None:
        """A session has ended: whom it acted as is forgotten."""
        with self._open_work() as work:
            work.households.forget_choice(SessionId(fact.session_id))

    def _guess(self, user_id: UserId, profile_id: ProfileId, pin: str | None) -> str | None:
        """Count a guess at a profile's PIN; what it is to match, None if nothing locks it."""
        with self._open_work() as work:
            household = self._lock(work, user_id)
            held = household.profile(profile_id).pin
            if held is None or pin is None:
                return None
            work.households.save(household.locked_by(profile_id, held.guessed(self._clock())))
            return held.hashed

    def _guarded(self, work: ProfilesWork, asking: Asking) -> Household:
        """The household, held, for a session that may look after it."""
        household = self._lock(work, asking.user_id)
        self._acting(work, household, asking.session_id).check_guardian()
        return household

    def _acting(self, work: ProfilesWork, household: Household, session_id: SessionId) -> Acting:
        return household.acting(work.households.choice(session_id))

    def _find(self, work: ProfilesWork, user_id: UserId) -> Household:
        found = work.households.find(user_id)
        return found if found is not None and found.profiles else self._lock(work, user_id)

    def _lock(self, work: ProfilesWork, user_id: UserId) -> Household:
        """The household, held; one whose registration is still on its way begins now."""
        held = work.households.lock(user_id, self._plan)
        begun = held.begun(self._clock())
        if begun != held:
            work.households.save(begun)
        return begun

    def _save(self, work: ProfilesWork, household: Household) -> Household:
        work.households.save(household)
        work.announce(HouseholdChanged(sequence=household.version, user_id=household.user_id))
        return household

    def _changing(self, user_id: UserId) -> AbstractContextManager[None]:
        return self._cache.writing(household_key(user_id))


def household_key(user_id: UserId) -> str:
    """Where the copy of a household lies."""
    return f"household:{user_id}"


def watchlist_key(profile_id: ProfileId) -> str:
    """Where the copy of a watchlist lies."""
    return f"watchlist:{profile_id}"
