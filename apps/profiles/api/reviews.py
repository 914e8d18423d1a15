"""Reviews: writing, reading, objecting, and deciding about them."""

from uuid import UUID

from fastapi import APIRouter, Response

from apps.kit.app import problems
from apps.kit.errors import ForbiddenError, UnauthorizedError
from apps.kit.identity import Anyone, Operator, SignedIn, limit_of
from apps.kit.pages import Cursor, Limit, PageBody
from apps.profiles.api.use_cases import PROFILE, Own, OwnProfile, UseCases
from apps.profiles.domain.household import UserId
from apps.profiles.domain.review import ReviewId, ReviewNotFoundError, ReviewRefusedError
from apps.profiles.domain.title import TitleId, TitleUnknownError
from apps.profiles.schemas.lists import (
    DecisionAsked,
    ReportAsked,
    ReviewAsked,
    ReviewBody,
    SignedReview,
    WaitingReview,
)

router = APIRouter()
_OWN = "/profiles/{user_id}/{profile_id}/reviews/{title_id}"


@router.get(_OWN, responses=problems(*PROFILE, TitleUnknownError, ReviewNotFoundError))
def get_own_review(own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases) -> ReviewBody:
    """What the profile wrote about a title."""
    return ReviewBody.of(cases.opinions.own_review(own, profile_id, TitleId(title_id)))


@router.put(_OWN, responses=problems(*PROFILE, TitleUnknownError, ReviewRefusedError))
def write_review(
    own: Own, profile_id: OwnProfile, title_id: UUID, asked: ReviewAsked, cases: UseCases
) -> ReviewBody:
    """Write about a title, or change what was written; one review a profile."""
    return ReviewBody.of(
        cases.opinions.review(own, profile_id, TitleId(title_id), asked.text, asked.spoiler)
    )


@router.delete(_OWN, status_code=204, responses=problems(*PROFILE))
def remove_review(own: Own, profile_id: OwnProfile, title_id: UUID, cases: UseCases) -> Response:
    """Take a review back."""
    cases.opinions.take_back(own, profile_id, TitleId(title_id))
    return Response(status_code=204)


@router.get("/titles/{title_id}/reviews", responses=problems(TitleUnknownError))
def list_reviews(
    title_id: UUID, caller: Anyone, cases: UseCases, limit: Limit = 20, cursor: Cursor = None
) -> PageBody[SignedReview]:
    """What others wrote about a title, newest first."""
    page = cases.opinions.reviews(TitleId(title_id), limit_of(caller), cursor, limit)
    return PageBody(items=[SignedReview.signed(each) for each in page.items], next=page.next)


@router.post(
    "/reviews/{review_id}/reports",
    status_code=204,
    responses=problems(UnauthorizedError, ReviewNotFoundError),
)
def report_review(
    review_id: UUID, asked: ReportAsked, caller: SignedIn, cases: UseCases
) -> Response:
    """Object to a review; an operator will look at it."""
    user, limit = UserId(caller.user_id), limit_of(caller)
    cases.opinions.report(user, limit, ReviewId(review_id), asked.reason)
    return Response(status_code=204)


@router.get("/reviews/reported", responses=problems(UnauthorizedError, ForbiddenError))
def list_reported_reviews(
    _: Operator, cases: UseCases, limit: Limit = 20, cursor: Cursor = None
) -> PageBody[WaitingReview]:
    """Reviews that somebody objects to, newest first; operators only."""
    page = cases.opinions.queue(cursor, limit)
    return PageBody(items=[WaitingReview.waiting(each) for each in page.items], next=page.next)


@router.post(
    "/reviews/{review_id}/decision",
    responses=problems(UnauthorizedError, ForbiddenError, ReviewNotFoundError),
)
def decide_review(
    review_id: UUID, asked: DecisionAsked, _: Operator, cases: UseCases
) -> ReviewBody:
    """Keep a review or remove it; operators only."""
    return ReviewBody.of(cases.opinions.decide(ReviewId(review_id), keep=asked.decision == "keep"))
