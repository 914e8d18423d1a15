"""Media from an S3 bucket: addresses signed by boto3, bytes by one asynchronous pool."""

from typing import Any

import httpx

from apps.edge.domain import MediaObject
from apps.kit.errors import UnavailableError

SIGNED_SECONDS = 60


class S3Origin:
    """One bucket, read only."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._signer = client
        self._bucket = bucket
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        self._http = httpx.AsyncClient(timeout=15, limits=limits)

    async def fetch(self, key: str) -> MediaObject | None:
        """An object, or None when there is none."""
        asked = {"Bucket": self._bucket, "Key": key}
        url = self._signer.generate_presigned_url("get_object", asked, ExpiresIn=SIGNED_SECONDS)
        try:
            got = await self._http.get(url)
        except httpx.HTTPError as error:
            raise UnavailableError("the object store is away") from error
        if got.status_code == 404:
            return None
        if got.status_code != 200:
            raise UnavailableError(f"the object store answered {got.status_code}")
        kind = got.headers.get("content-type", "application/octet-stream")
        return MediaObject(got.content, kind, got.headers.get("etag", ""))

    async def close(self) -> None:
        """Close the pool."""
        await self._http.aclose()
