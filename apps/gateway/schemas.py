"""The bodies of the gateway's own answers; everything else is its owner's."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

Missing = Field(description="Parts that did not come in time", examples=[[]])


class TitlePage(BaseModel):
    """A title with its neighbours, as one answer."""

    title: dict[str, Any] = Field(description="As `GET /titles/{title_id}` answers")
    related: list[dict[str, Any]] = Field(description="As `GET /videos/{video_id}/related` answers")
    reviews: list[dict[str, Any]] = Field(description="As `GET /titles/{title_id}/reviews` answers")
    position: dict[str, Any] | None = Field(description="How far the profile that acts is in it")
    missing: list[str] = Missing


class Card(BaseModel):
    """A title as rows show it."""

    id: UUID
    title: str
    poster: str | None
    duration_seconds: float | None
    position_seconds: float | None = Field(description="How far the profile that acts is in it")


class Row(BaseModel):
    """Titles side by side; `id` says what they have in common."""

    id: str = Field(examples=["continue-watching", "watchlist", "new", "drama"])
    titles: list[Card]


class HomePage(BaseModel):
    """The rows of a profile's first screen; rows without titles are left out."""

    rows: list[Row]
    missing: list[str] = Missing


class AccountPage(BaseModel):
    """An account: who it is, where it is signed in, how, and its household."""

    account: dict[str, Any] | None = Field(description="As `GET /auth/me` answers")
    sessions: dict[str, Any] | None = Field(description="As `GET /auth/sessions` answers")
    passkeys: dict[str, Any] | None = Field(description="As `GET /auth/passkeys` answers")
    identities: dict[str, Any] | None = Field(description="As `GET /auth/identities` answers")
    household: dict[str, Any] | None = Field(description="As `GET /profiles/{user_id}` answers")
    missing: list[str] = Missing
