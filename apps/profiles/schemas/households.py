"""Bodies about the household and its profiles."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from apps.profiles.domain.household import Acting, Household, Profile, ProfileSettings

Language = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", max_length=35)
]
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
Age = Annotated[int, Field(ge=0, le=21, strict=True, examples=[12])]
PinText = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,8}$")]


class ProfileAsked(BaseModel):
    """What a profile is to be like."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(examples=["Ada"])
    avatar: Annotated[str, StringConstraints(pattern="^[a-z0-9-]{1,40}$")] = "blue"
    language: Language = "en"
    max_age: Age | None = Field(default=None, description="In years; absent: no limit")
    kids: bool = Field(default=False, strict=True, description="A page for kids; at most 12 years")
    audio_language: Language | None = None
    subtitle_language: Language | None = None
    autoplay: bool = Field(default=True, strict=True)

    def settings(self) -> ProfileSettings:
        """The same in the domain's words."""
        return ProfileSettings(**self.model_dump())


class ProfileBody(BaseModel):
    """One profile; `limit` is the age that its titles may be rated for, in years."""

    id: UUID
    name: str
    avatar: str
    language: str
    max_age: int | None
    kids: bool
    limit: int | None
    audio_language: str | None
    subtitle_language: str | None
    autoplay: bool
    locked: bool = Field(description="Whether a PIN locks it")

    @classmethod
    def of(cls, profile: Profile) -> "ProfileBody":
        """The body of a profile."""
        said = profile.settings
        locked = profile.pin is not None
        return cls(id=profile.id, limit=said.limit, locked=locked, **vars(said))


class HouseholdBody(BaseModel):
    """A household's profiles in their order, and how many it may have."""

    profiles: list[ProfileBody]
    most: int
    version: int

    @classmethod
    def of(cls, household: Household) -> "HouseholdBody":
        """The body of a household."""
        profiles = [ProfileBody.of(each) for each in household.profiles]
        return cls(profiles=profiles, most=household.most, version=household.version)


class OrderAsked(BaseModel):
    """All profiles of the household in another order; the first stays the first."""

    model_config = ConfigDict(extra="forbid")

    profile_ids: list[UUID] = Field(min_length=1, max_length=20)


class ChoiceAsked(BaseModel):
    """The PIN, if one locks the profile."""

    model_config = ConfigDict(extra="forbid")

    pin: PinText | None = None


class PinAsked(BaseModel):
    """A profile's new PIN."""

    model_config = ConfigDict(extra="forbid")

    pin: PinText


class HouseholdPlanAsked(BaseModel):
    """The plan to grant."""

    model_config = ConfigDict(extra="forbid")

    plan: Annotated[str, StringConstraints(pattern="^(sd|hd)$")]


class ActingBody(BaseModel):
    """Whom a session acts as, and the age that titles may be rated for, in years."""

    profile_id: UUID | None
    max_age: int | None

    @classmethod
    def of(cls, acting: Acting) -> "ActingBody":
        """The body of who acts."""
        return cls(profile_id=acting.profile_id, max_age=acting.max_age)


class ActingOnPlan(ActingBody):
    """The same for the gateway, with the household's plan."""

    plan: str
