"""The household and its profiles."""

from uuid import UUID

from fastapi import APIRouter, Response

from apps.kit.app import problems
from apps.kit.errors import ForbiddenError, UnauthorizedError, UnavailableError
from apps.kit.identity import Operator, SignedIn
from apps.kit.work import idempotency
from apps.profiles.api.use_cases import HOUSEHOLD, Key, Own, OwnProfile, UseCases, asking
from apps.profiles.domain.household import (
    FirstProfileError,
    GuardianOnlyError,
    ProfileId,
    ProfileNotFoundError,
    TooManyProfilesError,
    UserId,
)
from apps.profiles.domain.pin import PinNeededError, PinWaitError
from apps.profiles.schemas.households import (
    ActingBody,
    ActingOnPlan,
    ChoiceAsked,
    HouseholdBody,
    HouseholdPlanAsked,
    OrderAsked,
    PinAsked,
    ProfileAsked,
    ProfileBody,
)

router = APIRouter()
inner = APIRouter(include_in_schema=False)
_ONE = (*HOUSEHOLD, ProfileNotFoundError)
_GUARDED = (*_ONE, GuardianOnlyError)


@router.get("/profiles/{user_id}", responses=problems(*HOUSEHOLD))
def get_household(own: Own, cases: UseCases) -> HouseholdBody:
    """The account's profiles, in their order."""
    copy = cases.households.shown(
        own.user_id, lambda household: HouseholdBody.of(household).model_dump_json()
    )
    return HouseholdBody.model_validate_json(copy)


@router.put("/profiles/{user_id}", responses=problems(*_GUARDED, FirstProfileError))
def order_profiles(own: Own, asked: OrderAsked, cases: UseCases) -> HouseholdBody:
    """The profiles in another order; the first stays the first."""
    ids = [ProfileId(profile_id) for profile_id in asked.profile_ids]
    return HouseholdBody.of(cases.households.order(own, ids))


@router.post(
    "/profiles/{user_id}", status_code=201, responses=problems(*_GUARDED, TooManyProfilesError)
)
def add_profile(own: Own, asked: ProfileAsked, cases: UseCases, key: Key = None) -> ProfileBody:
    """Another profile, from a session that acts as one without a limit."""
    once = idempotency(own.user_id, key, "add_profile", asked.model_dump_json())
    household, profile_id = cases.households.add(own, asked.settings(), once)
    return ProfileBody.of(household.profile(profile_id))


@router.get("/profiles/{user_id}/{profile_id}", responses=problems(*_ONE))
def get_profile(own: Own, profile_id: OwnProfile, cases: UseCases) -> ProfileBody:
    """One profile of the account."""
    for profile in get_household(own, cases).profiles:
        if profile.id == profile_id:
            return profile
    raise ProfileNotFoundError(f"no profile {profile_id}")


@router.put("/profiles/{user_id}/{profile_id}", responses=problems(*_GUARDED, FirstProfileError))
def change_profile(
    own: Own, profile_id: OwnProfile, asked: ProfileAsked, cases: UseCases
) -> ProfileBody:
    """Other settings, from a session that acts as a profile without a limit."""
    changed = cases.households.change(own, profile_id, asked.settings())
    return ProfileBody.of(changed.profile(profile_id))


@router.delete(
    "/profiles/{user_id}/{profile_id}",
    status_code=204,
    responses=problems(*_GUARDED, FirstProfileError),
)
def remove_profile(own: Own, profile_id: OwnProfile, cases: UseCases) -> Response:
    """Forget a profile and all that it said and watched."""
    cases.households.remove(own, profile_id)
    return Response(status_code=204)


@router.post(
    "/profiles/{user_id}/{profile_id}/choose",
    responses=problems(*_ONE, PinNeededError, PinWaitError, UnavailableError),
)
def choose_profile(
    own: Own, profile_id: OwnProfile, asked: ChoiceAsked, cases: UseCases
) -> ActingBody:
    """Let this session act as a profile from now on: what it may see is all that is shown."""
    return ActingBody.of(cases.households.choose(own, profile_id, asked.pin))


@router.put("/profiles/{user_id}/{profile_id}/pin", responses=problems(*_GUARDED, UnavailableError))
def set_pin(own: Own, profile_id: OwnProfile, asked: PinAsked, cases: UseCases) -> ProfileBody:
    """Lock a profile by a PIN; from one without a limit, or shortly after a sign-in or step-up."""
    return ProfileBody.of(cases.households.set_pin(own, profile_id, asked.pin).profile(profile_id))


@router.delete("/profiles/{user_id}/{profile_id}/pin", responses=problems(*_GUARDED))
def remove_pin(own: Own, profile_id: OwnProfile, cases: UseCases) -> ProfileBody:
    """Unlock a profile; from one without a limit, or shortly after a sign-in or step-up."""
    return ProfileBody.of(cases.households.set_pin(own, profile_id, None).profile(profile_id))


@router.put("/households/{user_id}/plan", responses=problems(UnauthorizedError, ForbiddenError))
def put_household_on_plan(
    user_id: UUID, asked: HouseholdPlanAsked, _: Operator, cases: UseCases
) -> HouseholdBody:
    """Give a household a plan, until billing says otherwise; operators only."""
    return HouseholdBody.of(cases.households.put_on_plan(UserId(user_id), asked.plan))


@inner.get("/acting")
def get_acting(caller: SignedIn, cases: UseCases) -> ActingOnPlan:
    """Whom a session acts as, and on which plan."""
    who = asking(caller)
    acting, plan = cases.households.acting(who.user_id, who.session_id)
    return ActingOnPlan(profile_id=acting.profile_id, max_age=acting.max_age, plan=plan)
