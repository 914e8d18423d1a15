"""Profiles' settings."""

from dataclasses import dataclass

from apps.kit.settings import Environment


@dataclass(frozen=True)
class Settings:
    """What a new household's plan is, and what hashing a PIN takes."""

    default_plan: str
    argon2_memory_kib: int

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment."""
        return cls(
            default_plan=environment.optional("DEFAULT_PLAN") or "hd",
            argon2_memory_kib=environment.whole("ARGON2_MEMORY_KIB", default=19456),
        )
