"""The bodies of the gateway's own answers; everything else is its owner's."""

from typing import Any

from pydantic import BaseModel, Field


class TitlePage(BaseModel):
    """A title with its neighbours, as one answer."""

    title: dict[str, Any] = Field(description="As `GET /titles/{title_id}` answers")
    related: list[dict[str, Any]] = Field(description="As `GET /videos/{video_id}/related` answers")
    missing: list[str] = Field(description="Parts that did not come in time")
