"""What edge serves: paths, byte ranges, and how long others may keep them."""

import re
from dataclasses import dataclass

from apps.kit.errors import ForbiddenError, NotFoundError, ServiceError

_PATH = re.compile(r"^(vod|art)/[0-9a-f-]{36}/[A-Za-z0-9_./-]{1,200}$")
_STARTER = re.compile(r"^vod/[0-9a-f-]{36}/\d+s\d+/")
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
FOREVER = "public, max-age=31536000, immutable"
NEVER = "no-store"


class MediaNotFoundError(NotFoundError):
    """No such object."""

    type = "media-not-found"


class DeliveryTokenError(ForbiddenError):
    """The delivery token does not open this."""

    type = "delivery-refused"
    title = "The delivery token does not open this"


class RangeError(ServiceError):
    """The byte range lies outside the object."""

    status = 416
    type = "range-not-satisfiable"
    title = "No such bytes"


@dataclass(frozen=True)
class MediaPath:
    """A checked path of an object."""

    key: str

    def __post_init__(self) -> None:
        if not _PATH.match(self.key) or ".." in self.key or "//" in self.key:
            raise MediaNotFoundError("no such media")

    @property
    def asset_prefix(self) -> str:
        """The asset it belongs to: `vod/<asset>/`."""
        return "/".join(self.key.split("/")[:2]) + "/"

    @property
    def growing(self) -> bool:
        """Whether it belongs to a starter, whose segments are still being made."""
        return bool(_STARTER.match(self.key))

    @property
    def immutable(self) -> bool:
        """Whether it never changes: all but the manifests of a starter and an asset's pictures."""
        manifest = self.key.endswith((".mpd", ".m3u8"))
        return self.key.startswith("vod/") and not (self.growing and manifest)


@dataclass(frozen=True)
class MediaObject:
    """An object's bytes and what describes them."""

    data: bytes
    content_type: str
    etag: str


@dataclass(frozen=True)
class Span:
    """Bytes `first` to `last`, both counted."""

    first: int
    last: int


def span(header: str | None, size: int) -> Span | None:
    """The one range that a Range header asks for; None for the whole, RangeError if outside.

    More than one range, or one that cannot be read, is answered with the whole (RFC 9110 §14.2).
    """
    found = _RANGE.match(header or "")
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        begin, end = max(0, size - int(last)), size - 1
    else:
        begin, end = int(first), min(int(last) if last else size - 1, size - 1)
    if begin >= size or begin > end:
        raise RangeError(f"the object has {size} bytes")
    return Span(begin, end)
