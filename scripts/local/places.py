"""Where things lie on this machine, and which ports they use."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEFAULT_HOME = "/var/cache/marquee/home"
DEFAULT_WEB = "/var/cache/marquee/web"
PORTS = {
    "gateway": 8080,
    "edge": 8081,
    "s3": 8082,
    "postgres": 7301,
    "redis": 7302,
    "weed-master": 7303,
    "weed-master-grpc": 7304,
    "weed-volume": 7305,
    "weed-volume-grpc": 7306,
    "weed-filer": 7307,
    "typesense": 7308,
    "typesense-peering": 7309,
    "weed-filer-grpc": 7310,
    "weed-s3-grpc": 7311,
    "smtp": 7312,
    "mailbox": 7313,
}


def cache_folder() -> Path:
    """What is downloaded and built: outside the checkout, so that a second run is instant."""
    if os.environ.get("MARQUEE_CACHE"):
        return Path(os.environ["MARQUEE_CACHE"])
    return Path("/var/cache/marquee") if os.geteuid() == 0 else Path.home() / ".cache/marquee"


@dataclass(frozen=True)
class Places:
    """One platform: its folder and how far its ports are shifted from the default."""

    home: Path
    shift: int = 0

    @classmethod
    def usual(cls) -> "Places":
        """The platform of `scripts/up`, or what MARQUEE_HOME and MARQUEE_PORT_SHIFT say."""
        home = os.environ.get("MARQUEE_HOME") or str(cache_folder() / "home")
        return cls(Path(home), int(os.environ.get("MARQUEE_PORT_SHIFT", "0")))

    def port(self, name: str) -> int:
        """The port of a store, or of a door to the outside."""
        return PORTS[name] + self.shift

    @property
    def gateway_url(self) -> str:
        """The one public address."""
        return f"http://127.0.0.1:{self.port('gateway')}"

    @property
    def mailbox_url(self) -> str:
        """The page with the mails that were sent."""
        return f"http://127.0.0.1:{self.port('mailbox')}"

    @property
    def s3_url(self) -> str:
        """The object store."""
        return f"http://127.0.0.1:{self.port('s3')}"

    @property
    def secrets(self) -> Path:
        """The folder of the services' secrets."""
        return self.home / "secrets"

    @property
    def components(self) -> Path:
        """The rendered copy of `components/`."""
        return self.home / "components"

    @property
    def logs(self) -> Path:
        """A log per part."""
        return self.home / "logs"

    @property
    def data(self) -> Path:
        """A folder per store."""
        return self.home / "data"

    @property
    def pids(self) -> Path:
        """A pid file per part that runs."""
        return self.home / "pids"


def rendered(text: str, places: Places) -> str:
    """A file of `components/` for other ports and another folder than the default."""

    def shifted(found: re.Match[str]) -> str:
        return str(int(found.group()) + places.shift)

    # Every port of ours has four digits from 7000 to 8099, and nothing else in these files has.
    text = re.sub(r"\b(?:7[0-3]\d\d|80\d\d)\b", shifted, text) if places.shift else text
    web = str(cache_folder() / "web")
    return text.replace(DEFAULT_HOME, str(places.home)).replace(DEFAULT_WEB, web)
