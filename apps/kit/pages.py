"""Lists as pages with an opaque cursor."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from apps.kit.errors import UnprocessableError

Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=100, description="Items on a page")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before; absent: the first")
]


class PageBody(BaseModel, Generic[Item]):
    """One page; `next` is absent on the last."""

    items: list[Item]
    next: str | None = None


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list, inside a service."""

    items: Sequence[Item]
    next: str | None


def cut(rows: Sequence[Item], limit: int, mark: Callable[[Item], str]) -> Page[Item]:
    """The page of `limit` items out of rows fetched with one more than that."""
    items = rows[:limit]
    return Page(items, encode(mark(items[-1])) if len(rows) > limit else None)


def encode(mark: str) -> str:
    """An opaque cursor of a mark."""
    return base64.urlsafe_b64encode(json.dumps(mark).encode()).rstrip(b"=").decode()


def decode(cursor: str | None) -> str | None:
    """The mark in a cursor; UnprocessableError for one that is not ours."""
    if cursor is None:
        return None
    try:
        mark = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise UnprocessableError("the cursor is not one of ours") from None
    if not isinstance(mark, str):
        raise UnprocessableError("the cursor is not one of ours")
    return mark


def decode_id(cursor: str | None) -> UUID | None:
    """The id in a cursor; UnprocessableError for one that is not ours."""
    mark = decode(cursor)
    try:
        return None if mark is None else UUID(mark)
    except ValueError:
        raise UnprocessableError("the cursor is not one of ours") from None
