"""The bodies of playback's requests and answers."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from apps.contracts.text import Text
from apps.playback.domain import HEARTBEAT_SECONDS, Ticket


class StartAsked(BaseModel):
    """Which device is going to play."""

    model_config = ConfigDict(extra="forbid")

    device: Text = Field(default="unknown device", min_length=1, max_length=100)


class Position(BaseModel):
    """How far the viewer is."""

    model_config = ConfigDict(extra="forbid")

    position_seconds: float = Field(ge=0, le=86400)


class Manifests(BaseModel):
    """Where to fetch what; every address below them works with the same token."""

    dash: str
    hls: str
    dash_clearkey: str | None = Field(description="For test players; never in production")


class Drm(BaseModel):
    """Where to ask for a licence, by key system, and the token to show there."""

    clearkey: str | None
    token: str


class TicketBody(BaseModel):
    """What a player needs to play."""

    session_id: UUID
    video_id: UUID
    manifests: Manifests
    drm: Drm
    duration_seconds: float
    height: int = Field(description="The most lines that the plan covers")
    heartbeat_seconds: int
    delivery_token: str = Field(description="Stands in every media address after `/t/`")
    expires_at: datetime

    @classmethod
    def of(cls, ticket: Ticket, media_url: str, clearkey: bool) -> "TicketBody":
        """The body of a ticket, for players that reach the media host at `media_url`."""
        package = ticket.session.package
        base = f"{media_url}/t/{ticket.delivery_token}/"
        test_mpd = base + package.dash_clearkey if clearkey and package.dash_clearkey else None
        return cls(
            session_id=ticket.session.id,
            video_id=ticket.session.video_id,
            manifests=Manifests(
                dash=base + package.dash, hls=base + package.hls, dash_clearkey=test_mpd
            ),
            drm=Drm(clearkey="/drm/clearkey" if clearkey else None, token=ticket.licence_token),
            duration_seconds=package.duration_seconds,
            height=ticket.session.plan.height,
            heartbeat_seconds=HEARTBEAT_SECONDS,
            delivery_token=ticket.delivery_token,
            expires_at=ticket.delivery_expires_at,
        )


class PlanAsked(BaseModel):
    """The plan to grant."""

    model_config = ConfigDict(extra="forbid")

    plan: str = Field(pattern="^(sd|hd)$")


class EntitlementBody(BaseModel):
    """An account's plan."""

    user_id: UUID
    plan: str
    source: str
