"""A household: its profiles, who looks after them, and which one a session acts as."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NewType
from uuid import UUID

from apps.kit.errors import ConflictError, ForbiddenError, NotFoundError
from apps.profiles.domain.pin import Pin

UserId = NewType("UserId", UUID)
ProfileId = NewType("ProfileId", UUID)
SessionId = NewType("SessionId", UUID)

# How many profiles a household has, by its plan.
PLANS = {"sd": 2, "hd": 5}
# What kids mode allows at most, in years.
KIDS_AGE = 12


class ProfileNotFoundError(NotFoundError):
    """No such profile in this household."""

    type = "profile-not-found"


class TooManyProfilesError(ConflictError):
    """The household has as many profiles as its plan allows."""

    type = "too-many-profiles"
    title = "No room for another profile"


class FirstProfileError(ConflictError):
    """The first profile stays without a limit, because it looks after the others."""

    type = "first-profile"
    title = "The first profile stays, without a limit"


class GuardianOnlyError(ForbiddenError):
    """Only a profile without a limit may do this."""

    type = "guardian-only"
    title = "Switch to a profile without a limit first"


class OtherProfileError(ForbiddenError):
    """The session acts as another profile."""

    type = "other-profile"
    title = "Switch to this profile first"


@dataclass(frozen=True)
class ProfileSettings:
    """What a household may say about a profile; ages in years, languages as BCP 47 tags."""

    name: str
    avatar: str = "blue"
    language: str = "en"
    max_age: int | None = None
    kids: bool = False
    audio_language: str | None = None
    subtitle_language: str | None = None
    autoplay: bool = True

    @property
    def limit(self) -> int | None:
        """The age that titles may be rated for, in years; None without a limit."""
        if not self.kids:
            return self.max_age
        return KIDS_AGE if self.max_age is None else min(self.max_age, KIDS_AGE)


@dataclass(frozen=True)
class Profile:
    """One member of a household."""

    id: ProfileId
    settings: ProfileSettings
    created_at: datetime
    pin: Pin | None = None


@dataclass(frozen=True)
class Acting:
    """Who a session acts as: nobody yet, where the first profile has a PIN and none was chosen."""

    profile_id: ProfileId | None
    max_age: int | None

    @property
    def guardian(self) -> bool:
        """Whether it may look after the household."""
        return self.profile_id is not None and self.max_age is None

    def check_guardian(self) -> None:
        """GuardianOnlyError unless it may look after the household."""
        if not self.guardian:
            raise GuardianOnlyError("a profile without a limit looks after the household")

    def admits(self, min_age: int) -> bool:
        """Whether it may see what is rated for an age."""
        return self.max_age is None or min_age <= self.max_age


@dataclass(frozen=True)
class Household:
    """An account's profiles, in their order; the first has the account's id and looks after the others."""

    user_id: UserId
    plan: str
    version: int = 0
    deleted: bool = False
    profiles: Sequence[Profile] = field(default=())

    @property
    def most(self) -> int:
        """How many profiles it may have."""
        return PLANS[self.plan]

    def begun(self, now: datetime) -> "Household":
        """With its first profile, if it has none yet; one that was deleted stays so."""
        if self.deleted or self.profiles:
            return self
        first = Profile(ProfileId(UUID(str(self.user_id))), ProfileSettings("Me"), now)
        return self._with((first,))

    def profile(self, profile_id: ProfileId) -> Profile:
        """One of its profiles; ProfileNotFoundError if it is none of them."""
        for profile in self.profiles:
            if profile.id == profile_id:
                return profile
        raise ProfileNotFoundError(f"no profile {profile_id}")

    def added(self, profile: Profile) -> "Household":
        """With another profile; TooManyProfilesError when the plan allows no more."""
        if len(self.profiles) >= self.most:
            raise TooManyProfilesError(f"your plan has {self.most} profiles")
        return self._with((*self.profiles, profile))

    def changed(self, profile_id: ProfileId, settings: ProfileSettings) -> "Household":
        """With other settings of a profile; FirstProfileError if the first would get a limit."""
        profile = self.profile(profile_id)
        if profile == self.profiles[0] and settings.limit is not None:
            raise FirstProfileError("the first profile looks after the others: it has no limit")
        return self._replaced(replace(profile, settings=settings))

    def without(self, profile_id: ProfileId) -> "Household":
        """Without a profile; FirstProfileError for the first."""
        gone = self.profile(profile_id)
        if gone == self.profiles[0]:
            raise FirstProfileError("the first profile stays as long as the account does")
        return self._with(tuple(profile for profile in self.profiles if profile != gone))

    def ordered(self, profile_ids: Sequence[ProfileId]) -> "Household":
        """With its profiles in this order; the first stays the first."""
        known = {profile.id: profile for profile in self.profiles}
        if set(profile_ids) != set(known) or len(profile_ids) != len(known):
            raise ProfileNotFoundError("name each of the household's profiles once")
        if profile_ids[0] != self.profiles[0].id:
            raise FirstProfileError("the household's first profile stays the first")
        return self._with(tuple(known[profile_id] for profile_id in profile_ids))

    def locked_by(self, profile_id: ProfileId, pin: Pin | None) -> "Household":
        """With a PIN on a profile, or none."""
        return self._replaced(replace(self.profile(profile_id), pin=pin))

    def chosen(self, profile_id: ProfileId) -> "Household":
        """After a session chose a profile: its PIN, if it has one, was right."""
        profile = self.profile(profile_id)
        return self._replaced(replace(profile, pin=profile.pin.right() if profile.pin else None))

    def on_plan(self, plan: str) -> "Household":
        """With another plan; profiles beyond it stay, and no new one fits."""
        return replace(self, plan=plan, version=self.version + 1)

    def gone(self) -> "Household":
        """After its account was closed: nothing but the fact that it was."""
        return replace(self, deleted=True, profiles=(), version=self.version + 1)

    def acting(self, chosen: ProfileId | None) -> Acting:
        """Who a session that chose this profile acts as.

        Without a choice, or when the chosen one is gone: the first, unless a PIN locks it. Then
        nobody, who sees what everybody may see.
        """
        for profile in self.profiles:
            if profile.id == chosen:
                return Acting(profile.id, profile.settings.limit)
        if self.profiles and self.profiles[0].pin is None:
            return Acting(self.profiles[0].id, None)
        return Acting(None, 0)

    def _replaced(self, changed: Profile) -> "Household":
        return self._with(
            tuple(changed if profile.id == changed.id else profile for profile in self.profiles)
        )

    def _with(self, profiles: Sequence[Profile]) -> "Household":
        return replace(self, profiles=profiles, version=self.version + 1)
