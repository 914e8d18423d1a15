"""Masters in an S3 bucket: presigned multipart uploads."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from apps.kit.errors import UnavailableError
from apps.videos.domain import PartUrl, UploadIncompleteError, UploadPlan

URL_SECONDS = 6 * 3600


class S3Masters:
    """Services use the store's internal address; presigned URLs carry its public one."""

    def __init__(self, internal: Any, public: Any, bucket: str) -> None:
        self._internal = internal
        self._public = public
        self._bucket = bucket

    def begin(self, key: str) -> str:
        """Open a multipart upload."""
        made = self._call("create_multipart_upload", Key=key, ContentType="video/unknown")
        return str(made["UploadId"])

    def part_urls(
        self, key: str, store_id: str, plan: UploadPlan, numbers: Sequence[int]
    ) -> Sequence[PartUrl]:
        """Presigned PUTs; the store refuses a part that differs from the signed MD5."""
        return [self._part_url(key, store_id, n, plan.part_md5s[n - 1]) for n in numbers]

    def stored(self, key: str, store_id: str) -> Mapping[int, str]:
        """The parts that the store has; their ETag is their MD5."""
        parts: dict[int, str] = {}
        marker = 0
        while True:
            page = self._call(
                "list_parts", Key=key, UploadId=store_id, PartNumberMarker=marker, MaxParts=1000
            )
            for part in page.get("Parts", ()):
                parts[part["PartNumber"]] = part["ETag"].strip('"')
            if not page.get("IsTruncated"):
                return parts
            marker = page["NextPartNumberMarker"]

    def complete(self, key: str, store_id: str, md5s: Mapping[int, str]) -> None:
        """Join the parts; an upload that is gone is fine if its object is there."""
        parts = [{"PartNumber": n, "ETag": md5} for n, md5 in sorted(md5s.items())]
        try:
            self._call(
                "complete_multipart_upload",
                Key=key,
                UploadId=store_id,
                MultipartUpload={"Parts": parts},
            )
        except UploadIncompleteError:
            self._call("head_object", Key=key)

    def abort(self, key: str, store_id: str) -> None:
        """Throw the parts away; harmless when they are gone."""
        try:
            self._call("abort_multipart_upload", Key=key, UploadId=store_id)
        except UploadIncompleteError:
            return

    def delete(self, key: str) -> None:
        """Remove a master; S3 says nothing about one that is gone."""
        self._call("delete_object", Key=key)

    def abandoned(self, before: datetime) -> Sequence[tuple[str, str]]:
        """The store's open uploads that began before a moment, at most a page of them."""
        open_ones = self._call("list_multipart_uploads").get("Uploads", ())
        return [(up["Key"], up["UploadId"]) for up in open_ones if up["Initiated"] < before]

    def _part_url(self, key: str, store_id: str, number: int, md5: str) -> PartUrl:
        content_md5 = base64.b64encode(bytes.fromhex(md5)).decode()
        asked = {
            "Bucket": self._bucket,
            "Key": key,
            "UploadId": store_id,
            "PartNumber": number,
            "ContentMD5": content_md5,
        }
        url = self._public.generate_presigned_url("upload_part", asked, ExpiresIn=URL_SECONDS)
        return PartUrl(number, url, content_md5)

    def _call(self, operation: str, **asked: object) -> Any:
        try:
            return getattr(self._internal, operation)(Bucket=self._bucket, **asked)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("NoSuchUpload", "NoSuchKey", "404", "InvalidPart"):
                raise UploadIncompleteError("the object store knows no such upload") from error
            raise UnavailableError("the object store fails") from error
        except BotoCoreError as error:
            raise UnavailableError("the object store is away") from error
