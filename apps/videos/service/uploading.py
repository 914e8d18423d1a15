"""Uploads: planned, resumed, completed, aborted and swept."""

import logging
from collections.abc import Sequence
from uuid import UUID

from apps.contracts.videos import VideoUploaded
from apps.kit.clock import Clock, NewId
from apps.kit.work import IdempotencyKey
from apps.videos.domain import (
    UPLOAD_LIFE,
    AssetId,
    OwnerId,
    PartUrl,
    Upload,
    UploadId,
    UploadNotFoundError,
    UploadPlan,
    UploadProgress,
    UploadState,
    VideoId,
    VideoNotFoundError,
)
from apps.videos.ports import Masters, OpenWork

log = logging.getLogger(__name__)

SWEEP = 200


class Uploading:
    """Brings masters into the object store; no byte of them passes through here."""

    def __init__(
        self, open_work: OpenWork, masters: Masters, *, clock: Clock, new_id: NewId
    ) -> None:
        self._open_work = open_work
        self._masters = masters
        self._clock = clock
        self._new_id = new_id

    def begin(
        self, owner: OwnerId, video_id: VideoId, plan: UploadPlan, key: IdempotencyKey | None
    ) -> Upload:
        """Open an upload for a video; it makes a new version of the asset once completed."""
        asset_id = AssetId(self._new_id())
        with self._open_work() as work:
            made = work.remembered(key)
            if made is not None:
                return work.uploads.get(UploadId(UUID(made)))
            video = work.videos.get(video_id)
            if video.owner_id != owner:
                raise VideoNotFoundError(f"no video {video_id}")
            video.described(video.metadata)
            object_key = f"{video_id}/{asset_id}"
            # An upload that the store opened for nothing is swept as abandoned.
            upload = Upload(
                id=UploadId(self._new_id()),
                video_id=video_id,
                owner_id=owner,
                asset_id=asset_id,
                key=object_key,
                store_id=self._masters.begin(object_key),
                plan=plan,
                state=UploadState.OPEN,
                created_at=self._clock(),
            )
            work.uploads.save(upload)
            work.remember(key, upload.id)
        return upload

    def progress(self, owner: OwnerId, upload_id: UploadId) -> UploadProgress:
        """An upload and the parts that are already there and right."""
        upload = self._get(owner, upload_id)
        if upload.state is not UploadState.OPEN:
            return UploadProgress(upload, ())
        stored = self._masters.stored(upload.key, upload.store_id)
        declared = enumerate(upload.plan.part_md5s, start=1)
        return UploadProgress(upload, [n for n, md5 in declared if stored.get(n) == md5])

    def part_urls(
        self, owner: OwnerId, upload_id: UploadId, numbers: Sequence[int]
    ) -> Sequence[PartUrl]:
        """Where to PUT some parts; numbers outside the plan are left out."""
        upload = self._get(owner, upload_id).open_at(self._clock())
        known = [n for n in numbers if 1 <= n <= len(upload.plan.part_md5s)]
        return self._masters.part_urls(upload.key, upload.store_id, upload.plan, known)

    def complete(self, owner: OwnerId, upload_id: UploadId) -> Upload:
        """Join the parts and announce the master; completing twice announces once."""
        upload = self._get(owner, upload_id)
        if upload.state is UploadState.COMPLETED:
            return upload
        upload.open_at(self._clock())
        declared = dict(enumerate(upload.plan.part_md5s, start=1))
        upload.compare(self._masters.stored(upload.key, upload.store_id))
        self._masters.complete(upload.key, upload.store_id, declared)
        with self._open_work() as work:
            upload = work.uploads.get(upload_id)
            if upload.state is UploadState.COMPLETED:
                return upload
            upload = upload.open_at(self._clock()).ended(UploadState.COMPLETED)
            video = work.videos.get(upload.video_id).uploaded(upload.asset_id)
            work.uploads.save(upload)
            work.videos.save(video)
            work.announce(
                VideoUploaded(
                    sequence=video.sequence,
                    video_id=video.id,
                    owner_id=owner,
                    asset_id=upload.asset_id,
                    asset_version=video.asset_version,
                    source_key=upload.key,
                    size_bytes=upload.plan.size_bytes,
                    sha256=upload.plan.sha256,
                )
            )
        return upload

    def abort(self, owner: OwnerId, upload_id: UploadId) -> None:
        """Throw an open upload away; aborting twice changes nothing."""
        upload = self._get(owner, upload_id)
        if upload.state is UploadState.ABORTED:
            return
        self._end(upload.open_at(self._clock()))

    def sweep(self) -> int:
        """End uploads past their life, and those that the store knows and we do not; how many."""
        before = self._clock() - UPLOAD_LIFE
        with self._open_work() as work:
            expired = work.uploads.open_before(before, SWEEP)
        for upload in expired:
            self._end(upload)
        abandoned = self._masters.abandoned(before)
        for object_key, store_id in abandoned:
            self._masters.abort(object_key, store_id)
        log.info("uploads swept", extra={"expired": len(expired), "abandoned": len(abandoned)})
        return len(expired) + len(abandoned)

    def _end(self, upload: Upload) -> None:
        with self._open_work() as work:
            current = work.uploads.get(upload.id)
            if current.state is UploadState.OPEN:
                work.uploads.save(current.ended(UploadState.ABORTED))
        self._masters.abort(upload.key, upload.store_id)

    def _get(self, owner: OwnerId, upload_id: UploadId) -> Upload:
        with self._open_work() as work:
            upload = work.uploads.get(upload_id)
        if upload.owner_id != owner:
            raise UploadNotFoundError(f"no upload {upload_id}")
        return upload
