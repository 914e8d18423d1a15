"""Playback's settings."""

from dataclasses import dataclass

from apps.kit.settings import Environment, SettingsError
from apps.playback.domain import PLANS, Plan


@dataclass(frozen=True)
class Settings:
    """Where players fetch media, what a new account may do, and whether ClearKey is offered."""

    media_url: str
    default_plan: Plan
    clearkey: bool

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment; ClearKey hands out keys in the clear, so production refuses it."""
        clearkey = environment.flag("CLEARKEY")
        if clearkey and environment.stage == "production":
            raise SettingsError("MARQUEE_PLAYBACK_CLEARKEY must not be set in production")
        name = environment.optional("DEFAULT_PLAN") or "hd"
        if name not in PLANS:
            raise SettingsError(f"MARQUEE_PLAYBACK_DEFAULT_PLAN must be one of {', '.join(PLANS)}")
        url = environment.text("MEDIA_URL").rstrip("/")
        return cls(media_url=url, default_plan=PLANS[name], clearkey=clearkey)
