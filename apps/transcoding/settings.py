"""Transcoding's settings."""

import os
from dataclasses import dataclass
from pathlib import Path

from apps.kit.settings import Environment


@dataclass(frozen=True)
class Settings:
    """Where objects lie, where workers work, and how many there are on this machine."""

    s3_internal_url: str
    masters_bucket: str
    work_bucket: str
    media_bucket: str
    work_folder: Path
    workers: int

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment; without a runner of its own a service has no workers."""
        return cls(
            s3_internal_url=environment.text("S3_INTERNAL_URL"),
            masters_bucket=environment.optional("MASTERS_BUCKET") or "masters",
            work_bucket=environment.optional("WORK_BUCKET") or "work",
            media_bucket=environment.optional("MEDIA_BUCKET") or "media",
            work_folder=Path(environment.text("WORK_FOLDER")),
            workers=environment.whole("WORKERS", default=os.cpu_count() or 1),
        )
