"""Catalog's settings."""

from dataclasses import dataclass

from apps.kit.settings import Environment


@dataclass(frozen=True)
class Settings:
    """Where the search engine is."""

    typesense_url: str

    @classmethod
    def read(cls, environment: Environment) -> "Settings":
        """From the environment."""
        return cls(typesense_url=environment.text("TYPESENSE_URL"))
