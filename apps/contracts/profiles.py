"""What `profiles` announces."""

from typing import ClassVar
from uuid import UUID

from apps.contracts.fact import PersonFact


class ProfileFact(PersonFact):
    """A fact about one profile of a household and one title."""

    profile_id: UUID
    title_id: UUID


class TitleRated(ProfileFact):
    """A profile thinks otherwise of a title; without stars and thumb it has no rating."""

    topic: ClassVar[str] = "profiles.title_rated"

    stars: int | None
    thumb: str | None
    not_for_me: bool


class ReviewPosted(ProfileFact):
    """A profile wrote about a title, or changed what it wrote."""

    topic: ClassVar[str] = "profiles.review_posted"

    review_id: UUID
    text: str
    spoiler: bool


class WatchlistChanged(PersonFact):
    """A profile's watchlist, as it is now."""

    topic: ClassVar[str] = "profiles.watchlist_changed"

    profile_id: UUID
    title_ids: tuple[UUID, ...]


class HouseholdChanged(PersonFact):
    """A household's profiles, their limits or who a session acts as changed."""

    topic: ClassVar[str] = "profiles.household_changed"


class ProfilesErased(PersonFact):
    """What profiles knew of somebody who closed their account is gone."""

    topic: ClassVar[str] = "profiles.erased"
