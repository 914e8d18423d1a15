"""What profiles think: ratings, what is not for them, and reviews with their moderation."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.contracts.profiles import ReviewPosted, TitleRated
from apps.kit.clock import Clock, NewId
from apps.kit.pages import Page, cut, decode_id
from apps.profiles.domain.household import Acting, ProfileId, UserId
from apps.profiles.domain.opinion import Opinion
from apps.profiles.domain.review import (
    Review,
    ReviewId,
    ReviewNotFoundError,
    ReviewRefusedError,
    ReviewState,
)
from apps.profiles.domain.title import KnownTitle, TitleId
from apps.profiles.ports import OpenWork, ProfilesWork
from apps.profiles.service.households import Asking, Households
from apps.profiles.service.watching import visible


@dataclass(frozen=True)
class Rated:
    """A title and what a profile thinks of it."""

    title: KnownTitle
    opinion: Opinion


@dataclass(frozen=True)
class Signed:
    """A review and the name it is signed with."""

    review: Review
    author: str


class Opinions:
    """Ratings, dismissals and reviews; every method refuses a session that acts as another."""

    def __init__(
        self, open_work: OpenWork, households: Households, *, clock: Clock, new_id: NewId
    ) -> None:
        self._open_work = open_work
        self._households = households
        self._clock = clock
        self._new_id = new_id

    def rate(
        self,
        asking: Asking,
        profile_id: ProfileId,
        title_id: TitleId,
        stars: int | None,
        thumb: str | None,
    ) -> Opinion:
        """Rate a title, or take the rating back; TitleUnknownError."""
        with self._open_work() as work:
            held = self._lock(work, asking, profile_id, title_id)
            return self._save(work, held, held.rated(stars, thumb))

    def dismiss(
        self, asking: Asking, profile_id: ProfileId, title_id: TitleId, *, not_for_me: bool
    ) -> Opinion:
        """Say that a title is not for this profile, or take that back; TitleUnknownError."""
        with self._open_work() as work:
            held = self._lock(work, asking, profile_id, title_id)
            return self._save(work, held, held.dismissed(not_for_me))

    def opinions(
        self,
        asking: Asking,
        profile_id: ProfileId,
        cursor: str | None,
        limit: int,
        *,
        dismissed: bool,
    ) -> Page[Rated]:
        """A profile's ratings, or what is not for it, of titles that it may see."""
        after = decode_id(cursor)
        with self._open_work() as work:
            acting = self._households.acting_in(work, asking, profile_id)
            rows = work.opinions.of(
                profile_id, TitleId(after) if after else None, limit + 1, dismissed=dismissed
            )
            shown = work.titles.shown([row.title_id for row in rows], acting.max_age)
        page = cut(rows, limit, lambda row: str(row.title_id))
        kept = [Rated(shown[row.title_id], row) for row in page.items if row.title_id in shown]
        return Page(kept, page.next)

    def review(
        self, asking: Asking, profile_id: ProfileId, title_id: TitleId, text: str, spoiler: bool
    ) -> Review:
        """Write about a title, or change what was written; ReviewRefusedError, TitleUnknownError."""
        with self._open_work() as work:
            acting = self._acting(work, asking, profile_id)
            if acting.max_age is not None:
                raise ReviewRefusedError("profiles with an age limit write no reviews")
            visible(work, title_id, acting)
            held = work.reviews.find(profile_id, title_id)
            review = held.edited(text, spoiler, self._clock()) if held else Review(
                ReviewId(self._new_id()), asking.user_id, profile_id, title_id,
                text, spoiler, self._clock(),
            )  # fmt: skip
            if review != held:
                work.reviews.save(review)
                self._post(work, review)
            return review

    def own_review(self, asking: Asking, profile_id: ProfileId, title_id: TitleId) -> Review:
        """What a profile wrote about a title; ReviewNotFoundError."""
        with self._open_work() as work:
            visible(work, title_id, self._acting(work, asking, profile_id))
            found = work.reviews.find(profile_id, title_id)
        if found is None:
            raise ReviewNotFoundError("this profile has not reviewed the title")
        return found

    def take_back(self, asking: Asking, profile_id: ProfileId, title_id: TitleId) -> None:
        """Forget what a profile wrote about a title."""
        with self._open_work() as work:
            self._acting(work, asking, profile_id)
            found = work.reviews.find(profile_id, title_id)
            if found is not None:
                work.reviews.delete(found.id)

    def reviews(
        self, title_id: TitleId, limit_age: int | None, cursor: str | None, limit: int
    ) -> Page[Signed]:
        """A title's reviews, newest first; TitleUnknownError."""
        before = decode_id(cursor)
        with self._open_work() as work:
            visible(work, title_id, Acting(None, limit_age))
            rows = work.reviews.shown(title_id, ReviewId(before) if before else None, limit + 1)
            signed = self._signed(work, rows)
        return cut(signed, limit, lambda each: str(each.review.id))

    def report(
        self, user_id: UserId, limit_age: int | None, review_id: ReviewId, reason: str
    ) -> None:
        """Object to a review; once per household, however often it says so."""
        with self._open_work() as work:
            review = work.reviews.lock(review_id)
            visible(work, review.title_id, Acting(None, limit_age))
            if review.state is not ReviewState.SHOWN:
                raise ReviewNotFoundError(f"no review {review_id}")
            if work.reviews.report(review_id, user_id, reason):
                work.reviews.save(review.reported())

    def queue(self, cursor: str | None, limit: int) -> Page[Signed]:
        """Reviews that somebody objects to, newest first; for operators."""
        before = decode_id(cursor)
        with self._open_work() as work:
            rows = work.reviews.reported(ReviewId(before) if before else None, limit + 1)
            signed = self._signed(work, rows)
        return cut(signed, limit, lambda each: str(each.review.id))

    def decide(self, review_id: ReviewId, *, keep: bool) -> Review:
        """Keep a review or remove it; for operators."""
        with self._open_work() as work:
            decided = work.reviews.lock(review_id).decided(keep=keep)
            work.reviews.save(decided)
        return decided

    def _acting(self, work: ProfilesWork, asking: Asking, profile_id: ProfileId) -> Acting:
        return self._households.acting_in(work, asking, profile_id)

    def _lock(
        self, work: ProfilesWork, asking: Asking, profile_id: ProfileId, title_id: TitleId
    ) -> Opinion:
        visible(work, title_id, self._acting(work, asking, profile_id))
        return work.opinions.lock(Opinion(asking.user_id, profile_id, title_id))

    def _save(self, work: ProfilesWork, held: Opinion, changed: Opinion) -> Opinion:
        if changed != held:
            work.opinions.save(changed)
            work.announce(TitleRated(**vars(changed)))
        return changed

    def _post(self, work: ProfilesWork, review: Review) -> None:
        work.announce(
            ReviewPosted(
                sequence=review.sequence,
                user_id=review.user_id,
                profile_id=review.profile_id,
                title_id=review.title_id,
                review_id=review.id,
                text=review.text,
                spoiler=review.spoiler,
            )
        )

    def _signed(self, work: ProfilesWork, reviews: Sequence[Review]) -> list[Signed]:
        names = work.households.names({review.user_id for review in reviews})
        return [Signed(review, names.get(review.profile_id, "")) for review in reviews]
