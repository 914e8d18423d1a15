"""Gateway's settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.kit.settings import Environment

WEB = Path(__file__).parents[1] / "web"


@dataclass(frozen=True)
class Settings:
    """Where pages fetch media, where the pages and their scripts lie, and how many proxies stand before us.

    `origins` are our own pages', which may use a browser's session; `cors_origins` others, which bring
    tokens of their own. `page_milliseconds`: what a page waits for those of its parts that it can do without.
    `network_factor`: how many households share an address; more than 1 where the real ones are not known.
    """

    media_url: str
    origins: Sequence[str]
    cors_origins: Sequence[str]
    web: Path
    vendor: Path
    proxies: int
    page_milliseconds: int
    network_factor: int

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment."""
        return cls(
            origins=_listed(environment.text("WEB_ORIGINS")),
            cors_origins=_listed(environment.optional("CORS_ORIGINS") or ""),
            media_url=environment.text("MEDIA_URL").rstrip("/"),
            web=Path(environment.optional("WEB_FOLDER") or WEB),
            network_factor=environment.whole("NETWORK_FACTOR", default=1),
            page_milliseconds=environment.whole("PAGE_MILLISECONDS", default=300),
            proxies=environment.whole("PROXIES", default=0),
            vendor=Path(environment.optional("WEB_VENDOR") or WEB / "node_modules"),
        )


def _listed(origins: str) -> Sequence[str]:
    return [origin.strip().rstrip("/") for origin in origins.split(",") if origin.strip()]
