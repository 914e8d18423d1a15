"""Object storage by the S3 protocol: whole objects, and prefixes that go away together."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from apps.kit.errors import UnavailableError


class Objects(Protocol):
    """One bucket."""

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store an object."""
        ...

    def upload(self, key: str, path: Path, content_type: str) -> None:
        """Store a file."""
        ...

    def get(self, key: str) -> bytes:
        """An object's bytes; KeyError when there is none."""
        ...

    def download(self, key: str, path: Path) -> None:
        """An object into a file; KeyError when there is none."""
        ...

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys below a prefix, in order."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; those that are gone already are no error."""
        ...


def s3_client(endpoint: str, access_key: str, secret_key: str) -> Any:
    """A client with limits on time and retries; boto3 has no types of its own."""
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=30,
        retries={"max_attempts": 4, "mode": "standard"},
        max_pool_connections=32,
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name="us-east-1",
        config=config,
    )


class S3Objects:
    """One bucket of a store that speaks S3."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store an object."""
        with _reached():
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ContentType=content_type
            )

    def upload(self, key: str, path: Path, content_type: str) -> None:
        """Store a file."""
        with _reached(), path.open("rb") as body:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType=content_type
            )

    def get(self, key: str) -> bytes:
        """An object's bytes; KeyError when there is none."""
        with _reached():
            return bytes(self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read())

    def download(self, key: str, path: Path) -> None:
        """An object into a file, by a name of its own until it is whole."""
        partial = path.with_name(f"{path.name}.partial")
        with _reached():
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
            with partial.open("wb") as file:
                for chunk in body.iter_chunks(1024 * 1024):
                    file.write(chunk)
        partial.rename(path)

    def stream(self, key: str) -> Iterator[bytes]:
        """An object in pieces of a mebibyte; KeyError when there is none."""
        with _reached():
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
            yield from body.iter_chunks(1024 * 1024)

    def exists(self, key: str) -> bool:
        """Whether the object is there."""
        try:
            with _reached():
                self._client.head_object(Bucket=self._bucket, Key=key)
        except KeyError:
            return False
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys below a prefix, in order."""
        with _reached():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    yield item["Key"]

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, a thousand a call."""
        batch = list(keys)
        with _reached():
            for start in range(0, len(batch), 1000):
                named = [{"Key": key} for key in batch[start : start + 1000]]
                self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": named, "Quiet": True}
                )


class _reached:  # noqa: N801 - reads as a word at its uses
    """Turn a store that is away into UnavailableError, and a missing object into KeyError."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError):
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("NoSuchKey", "404", "NotFound"):
                raise KeyError("no such object") from error
            if error.response["ResponseMetadata"].get("HTTPStatusCode", 500) >= 500:
                raise UnavailableError("the object store fails") from error
        elif isinstance(error, BotoCoreError):
            raise UnavailableError("the object store is away") from error
