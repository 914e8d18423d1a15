"""Auth's settings."""

from dataclasses import dataclass

from apps.kit.settings import Environment


@dataclass(frozen=True)
class Settings:
    """What a password hash takes, where links lead, and which mail server and breach API there are.

    `network_factor`: how many households share an address; more than 1 where the real ones are not known.
    """

    argon2_memory_kib: int
    site: str
    smtp_url: str | None
    mail_sender: str
    breach_ranges_url: str | None
    network_factor: int

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment; without `SMTP_URL` letters wait, without `BREACH_RANGES_URL` nobody is asked."""
        return cls(
            argon2_memory_kib=environment.whole("ARGON2_MEMORY_KIB", default=19456),
            site=environment.text("WEB_ORIGINS").split(",")[0].rstrip("/"),
            smtp_url=environment.optional("SMTP_URL"),
            mail_sender=environment.optional("MAIL_SENDER") or "Marquee <no-reply@marquee.test>",
            network_factor=environment.whole("NETWORK_FACTOR", default=1),
            breach_ranges_url=environment.optional("BREACH_RANGES_URL"),
        )
