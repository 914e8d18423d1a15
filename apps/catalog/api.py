"""Catalog over HTTP, for viewers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from apps.catalog.domain import SearchAwayError, TitleId, TitleNotFoundError, stricter
from apps.catalog.schemas import CardBody, Cards, SearchBody, SearchParameters, TitleBody
from apps.catalog.service import Catalog
from apps.kit.app import problems
from apps.kit.identity import Anyone, limit_of
from apps.kit.pages import Cursor, Limit, PageBody

router = APIRouter(tags=["catalog"])


def _catalog(request: Request) -> Catalog:
    catalog: Catalog = request.app.state.use_cases
    return catalog


UseCases = Annotated[Catalog, Depends(_catalog)]


@router.get("/search", responses=problems(SearchAwayError))
def search(asked: SearchParameters, catalog: UseCases, caller: Anyone) -> SearchBody:
    """Titles that match, with typos forgiven, facets, filters and matched words marked."""
    query = asked.query().limited(limit_of(caller))
    return SearchBody.of(query, catalog.search(query))


@router.get("/search/suggest", responses=problems(SearchAwayError))
def suggest(
    catalog: UseCases,
    caller: Anyone,
    q: Annotated[str, Query(min_length=1, max_length=100)],
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> Cards:
    """Titles that begin like what is being typed."""
    return Cards(items=[CardBody.of(card) for card in catalog.suggest(q, limit, limit_of(caller))])


@router.get("/titles", responses=problems())
def list_titles(
    catalog: UseCases, caller: Anyone, limit: Limit = 20, cursor: Cursor = None
) -> PageBody[TitleBody]:
    """Titles, newest first."""
    page = catalog.titles(cursor, limit, limit_of(caller))
    return PageBody(items=[TitleBody.of(title) for title in page.items], next=page.next)


@router.get("/titles/{title_id}", responses=problems(TitleNotFoundError))
def get_title(title_id: UUID, catalog: UseCases, caller: Anyone) -> TitleBody:
    """One title; opens even while search is away."""
    return TitleBody.of(catalog.title(TitleId(title_id), limit_of(caller)))


@router.get("/videos/{video_id}/related", responses=problems(TitleNotFoundError, SearchAwayError))
def related_titles(
    video_id: UUID,
    catalog: UseCases,
    caller: Anyone,
    limit: Annotated[int, Query(ge=1, le=50)] = 12,
    max_age: Annotated[int | None, Query(ge=0, le=21)] = None,
) -> Cards:
    """Titles like this one, never itself."""
    cards = catalog.related(TitleId(video_id), limit, stricter(max_age, limit_of(caller)))
    return Cards(items=[CardBody.of(card) for card in cards])
