"""Videos' settings."""

from dataclasses import dataclass

from apps.kit.settings import Environment


@dataclass(frozen=True)
class Settings:
    """Where masters lie: the store's address for services, and the one for studios."""

    s3_internal_url: str
    s3_public_url: str
    masters_bucket: str

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment."""
        return cls(
            s3_internal_url=environment.text("S3_INTERNAL_URL"),
            s3_public_url=environment.text("S3_PUBLIC_URL"),
            masters_bucket=environment.optional("MASTERS_BUCKET") or "masters",
        )
