"""Masters in memory."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from apps.videos.domain import PartUrl, UploadIncompleteError, UploadPlan


class MemoryMasters:
    """Uploads and masters as dictionaries; `put` stands in for a studio's PUT."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str], dict[int, bytes]] = {}
        self.masters: dict[str, bytes] = {}

    def put(self, key: str, store_id: str, number: int, data: bytes) -> None:
        """What a PUT to a part's address does."""
        self.open[key, store_id][number] = data

    def begin(self, key: str) -> str:
        """Open an upload."""
        store_id = f"upload-{len(self.open) + 1}"
        self.open[key, store_id] = {}
        return store_id

    def part_urls(
        self, key: str, store_id: str, plan: UploadPlan, numbers: Sequence[int]
    ) -> Sequence[PartUrl]:
        """Addresses that nobody serves."""
        return [PartUrl(n, f"memory:{key}/{store_id}/{n}", plan.part_md5s[n - 1]) for n in numbers]

    def stored(self, key: str, store_id: str) -> Mapping[int, str]:
        """The MD5 of each part."""
        if (key, store_id) not in self.open:
            raise UploadIncompleteError("the object store knows no such upload")
        parts = self.open[key, store_id]
        return {
            n: hashlib.md5(data, usedforsecurity=False).hexdigest() for n, data in parts.items()
        }

    def complete(self, key: str, store_id: str, md5s: Mapping[int, str]) -> None:
        """Join the parts; an upload that is gone is fine if its object is there."""
        parts = self.open.pop((key, store_id), None)
        if parts is not None:
            self.masters[key] = b"".join(parts[n] for n in sorted(md5s))
        elif key not in self.masters:
            raise UploadIncompleteError("the store knows no such upload")

    def abort(self, key: str, store_id: str) -> None:
        """Throw the parts away."""
        self.open.pop((key, store_id), None)

    def delete(self, key: str) -> None:
        """Remove a master."""
        self.masters.pop(key, None)

    def abandoned(self, before: datetime) -> Sequence[tuple[str, str]]:
        """Nothing is ever abandoned here."""
        return ()
