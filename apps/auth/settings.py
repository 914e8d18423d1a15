"""Auth's settings."""

from dataclasses import dataclass

from apps.kit.settings import Environment


@dataclass(frozen=True)
class Settings:
    """How much memory a password hash takes; tests take less."""

    argon2_memory_kib: int

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment."""
        return cls(argon2_memory_kib=environment.whole("ARGON2_MEMORY_KIB", default=19456))
