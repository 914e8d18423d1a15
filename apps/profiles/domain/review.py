"""A review: one per title and profile, and what becomes of it when others report it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from apps.kit.errors import ForbiddenError, NotFoundError
from apps.profiles.domain.household import ProfileId, UserId
from apps.profiles.domain.title import TitleId

ReviewId = NewType("ReviewId", UUID)
# So many households' reports hide a review until an operator has looked at it.
HOLD_AT = 3


class ReviewNotFoundError(NotFoundError):
    """No such review, or none that can be read."""

    type = "review-not-found"


class ReviewRefusedError(ForbiddenError):
    """This profile writes no reviews, or not about this."""

    type = "review-refused"
    title = "No review from this profile"


class ReviewState(StrEnum):
    """Who can read it."""

    SHOWN = "shown"
    HELD = "held"
    REMOVED = "removed"


@dataclass(frozen=True)
class Review:
    """A profile's words about a title; `reports` counts the households that object since the last decision."""

    id: ReviewId
    user_id: UserId
    profile_id: ProfileId
    title_id: TitleId
    text: str
    spoiler: bool
    written_at: datetime
    edited_at: datetime | None = None
    state: ReviewState = ReviewState.SHOWN
    reports: int = 0
    sequence: int = 1

    def edited(self, text: str, spoiler: bool, now: datetime) -> "Review":
        """With other words; one that was removed waits for an operator before it is read again."""
        if (text, spoiler) == (self.text, self.spoiler):
            return self
        state = ReviewState.SHOWN if self.state is ReviewState.SHOWN else ReviewState.HELD
        return self._changed(replace(self, text=text, spoiler=spoiler, edited_at=now, state=state))

    def reported(self) -> "Review":
        """After one more household objected."""
        reports = self.reports + 1
        hold = self.state is ReviewState.SHOWN and reports >= HOLD_AT
        state = ReviewState.HELD if hold else self.state
        return self._changed(replace(self, reports=reports, state=state))

    def decided(self, *, keep: bool) -> "Review":
        """After an operator has looked at it."""
        state = ReviewState.SHOWN if keep else ReviewState.REMOVED
        return self._changed(replace(self, reports=0, state=state))

    def _changed(self, changed: "Review") -> "Review":
        return replace(changed, sequence=self.sequence + 1)
