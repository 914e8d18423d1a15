"""What the routes lead to, and who asks."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request

from apps.kit.errors import NotFoundError, UnauthorizedError
from apps.kit.identity import Caller, SignedIn
from apps.profiles.domain.household import (
    OtherProfileError,
    ProfileId,
    ProfileNotFoundError,
    SessionId,
    UserId,
)
from apps.profiles.service.households import Asking, Households
from apps.profiles.service.opinions import Opinions
from apps.profiles.service.watching import Watching


class HouseholdNotFoundError(NotFoundError):
    """No such household, or somebody else's."""

    type = "household-not-found"


@dataclass(frozen=True)
class ProfilesUseCases:
    """What the routes lead to."""

    households: Households
    watching: Watching
    opinions: Opinions


def _use_cases(request: Request) -> ProfilesUseCases:
    use_cases: ProfilesUseCases = request.app.state.use_cases
    return use_cases


def _asking(user_id: UUID, caller: SignedIn) -> Asking:
    if user_id != caller.user_id:
        raise HouseholdNotFoundError(f"no household {user_id}")
    return asking(caller)


def asking(caller: Caller) -> Asking:
    """The household and the session that ask."""
    return Asking(UserId(caller.user_id), SessionId(caller.session()), caller.proved_at)


def _profile(profile_id: UUID) -> ProfileId:
    return ProfileId(profile_id)


UseCases = Annotated[ProfilesUseCases, Depends(_use_cases)]
# The household of the path, asked by its owner.
Own = Annotated[Asking, Depends(_asking)]
OwnProfile = Annotated[ProfileId, Depends(_profile)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]

# What refuses whoever asks about a household, and about one of its profiles' own things.
HOUSEHOLD = (UnauthorizedError, HouseholdNotFoundError)
PROFILE = (*HOUSEHOLD, ProfileNotFoundError, OtherProfileError)
