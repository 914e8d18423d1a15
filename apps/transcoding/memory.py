"""What was made of assets, and a scheduler of workers, in memory."""

from collections.abc import Iterable, Set
from uuid import UUID

from apps.kit.errors import UnavailableError


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


class MemoryDispatcher:
    """Workers by their tokens; `away` makes it not answer, `mute` lose its answers on the way."""

    def __init__(self) -> None:
        self.workers: dict[UUID, str] = {}
        self.ended: set[str] = set()
        self.away = self.mute = False

    def alive(self) -> Set[str]:
        """The workers that have not ended."""
        self._check()
        return set(self.workers.values()) - self.ended

    def dispatch(self, token: UUID) -> str:
        """Ask for a worker; the same token gives the same one."""
        self._check()
        worker = self.workers.setdefault(token, f"worker-{len(self.workers) + 1}")
        if self.mute:
            raise UnavailableError("the scheduler's answer was lost")
        return worker

    def _check(self) -> None:
        if self.away:
            raise UnavailableError("the scheduler does not answer")
