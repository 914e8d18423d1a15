"""What was made of assets, in memory."""

from collections.abc import Iterable
from uuid import UUID


class MemoryAssets:
    """Objects by key; only which are there matters."""

    def __init__(self) -> None:
        self.objects: set[str] = set()

    def remove_asset(self, asset_id: UUID) -> None:
        """Remove every object of an asset."""
        self.objects = {key for key in self.objects if str(asset_id) not in key}

    def remove_work(self, asset_id: UUID) -> None:
        """Remove what was only needed on the way to the package."""
        self.objects = {key for key in self.objects if not key.startswith(f"{asset_id}/")}

    def packages(self, asset_id: UUID) -> Iterable[str]:
        """The prefixes of all packages of an asset."""
        own = (key for key in self.objects if key.startswith(f"vod/{asset_id}/"))
        return sorted({"/".join(key.split("/")[:3]) + "/" for key in own})

    def remove_package(self, prefix: str) -> None:
        """Remove one package."""
        self.objects = {key for key in self.objects if not key.startswith(prefix)}
