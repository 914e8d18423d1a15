"""Playback's settings."""

from dataclasses import dataclass

from apps.kit.settings import Environment, SettingsError


@dataclass(frozen=True)
class Settings:
    """Where players fetch media, what a new account may do, and whether ClearKey is offered."""

    media_url: str
    default_plan: str
    clearkey: bool

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment; ClearKey hands out keys in the clear, so production refuses it."""
        clearkey = environment.flag("CLEARKEY")
        if clearkey and environment.stage == "production":
            raise SettingsError("MARQUEE_PLAYBACK_CLEARKEY must not be set in production")
        plan = environment.optional("DEFAULT_PLAN") or "hd"
        url = environment.text("MEDIA_URL").rstrip("/")
        return cls(media_url=url, default_plan=plan, clearkey=clearkey)
