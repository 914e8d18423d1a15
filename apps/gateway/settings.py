"""Gateway's settings."""

from dataclasses import dataclass
from pathlib import Path

from apps.kit.settings import Environment

WEB = Path(__file__).parents[1] / "web"


@dataclass(frozen=True)
class Settings:
    """Where pages fetch media, and where the pages and their scripts lie."""

    media_url: str
    web: Path
    vendor: Path

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment."""
        return cls(
            media_url=environment.text("MEDIA_URL").rstrip("/"),
            web=Path(environment.optional("WEB_FOLDER") or WEB),
            vendor=Path(environment.optional("WEB_VENDOR") or WEB / "node_modules"),
        )
