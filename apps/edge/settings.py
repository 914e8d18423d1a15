"""Edge's settings."""

from dataclasses import dataclass

from apps.kit.settings import Environment


@dataclass(frozen=True)
class Settings:
    """Where media lies, and which pages may fetch it."""

    s3_internal_url: str
    media_bucket: str
    origins: tuple[str, ...]

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment; origins are separated by commas."""
        origins = environment.text("WEB_ORIGINS").split(",")
        return cls(
            s3_internal_url=environment.text("S3_INTERNAL_URL"),
            media_bucket=environment.optional("MEDIA_BUCKET") or "media",
            origins=tuple(origin.strip() for origin in origins if origin.strip()),
        )
