"""Transcoding's settings."""

import os
from dataclasses import dataclass
from pathlib import Path

from apps.kit.settings import Environment, SettingsError

RUNNERS = ("local", "nomad")


@dataclass(frozen=True)
class Settings:
    """Where objects lie, where workers work, who runs them, and how many there are."""

    s3_internal_url: str
    masters_bucket: str
    work_bucket: str
    media_bucket: str
    work_folder: Path
    runner: str
    warm_workers: int
    workers: int
    worker_logs: str | None

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment; `{worker}` in WORKER_LOGS stands for a worker's name."""
        runner = environment.optional("RUNNER") or "local"
        if runner not in RUNNERS:
            raise SettingsError(f"MARQUEE_TRANSCODING_RUNNER must be one of {', '.join(RUNNERS)}")
        return cls(
            s3_internal_url=environment.text("S3_INTERNAL_URL"),
            masters_bucket=environment.optional("MASTERS_BUCKET") or "masters",
            work_bucket=environment.optional("WORK_BUCKET") or "work",
            media_bucket=environment.optional("MEDIA_BUCKET") or "media",
            work_folder=Path(environment.text("WORK_FOLDER")),
            runner=runner,
            warm_workers=environment.whole("WARM_WORKERS", default=1),
            workers=environment.whole("WORKERS", default=os.cpu_count() or 1),
            worker_logs=environment.optional("WORKER_LOGS"),
        )
