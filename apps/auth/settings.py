"""Auth's settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from apps.kit.settings import Environment


@dataclass(frozen=True)
class Settings:
    """What a password hash takes, where links lead, and which servers and providers there are.

    `rp_id` is the name that passkeys are bound to: a domain of all origins. `network_factor`: how many
    households share an address; more than 1 where the real ones are not known.
    """

    argon2_memory_kib: int
    site: str
    origins: Sequence[str]
    rp_id: str
    smtp_url: str | None
    mail_sender: str
    breach_ranges_url: str | None
    network_factor: int
    google_client_id: str | None
    google_issuer: str
    github_client_id: str | None
    github_url: str
    github_api_url: str

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment; without `SMTP_URL` letters wait, without `BREACH_RANGES_URL` nobody is asked."""
        origins = [origin.rstrip("/") for origin in environment.text("WEB_ORIGINS").split(",")]
        return cls(
            argon2_memory_kib=environment.whole("ARGON2_MEMORY_KIB", default=19456),
            site=origins[0],
            origins=origins,
            rp_id=environment.optional("RP_ID") or urlsplit(origins[0]).hostname or "",
            smtp_url=environment.optional("SMTP_URL"),
            mail_sender=environment.optional("MAIL_SENDER") or "Marquee <no-reply@marquee.test>",
            network_factor=environment.whole("NETWORK_FACTOR", default=1),
            google_client_id=environment.optional("GOOGLE_CLIENT_ID"),
            google_issuer=environment.optional("GOOGLE_ISSUER") or "https://accounts.google.com",
            github_client_id=environment.optional("GITHUB_CLIENT_ID"),
            github_url=environment.optional("GITHUB_URL") or "https://github.com",
            github_api_url=environment.optional("GITHUB_API_URL") or "https://api.github.com",
            breach_ranges_url=environment.optional("BREACH_RANGES_URL"),
        )
