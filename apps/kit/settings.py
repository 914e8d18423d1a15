"""Settings from the environment, read once; a missing key stops the start with its name."""

from collections.abc import Mapping
from typing import Literal, cast, get_args

Stage = Literal["local", "test", "staging", "production"]


class SettingsError(Exception):
    """A setting is missing or wrong; the message names its key."""


class Environment:
    """The environment of one service: `MARQUEE_<SERVICE>_<NAME>`, else `MARQUEE_<NAME>`."""

    def __init__(self, service: str, variables: Mapping[str, str]) -> None:
        self._service = service
        self._variables = variables
        stage = variables.get("MARQUEE_ENV", "")
        if stage not in get_args(Stage):
            raise SettingsError(f"MARQUEE_ENV must be one of {', '.join(get_args(Stage))}")
        self.stage = cast(Stage, stage)

    def text(self, name: str, *, development: str | None = None) -> str:
        """The value; `development` stands in on a developer's machine and in tests only."""
        keys = (f"MARQUEE_{self._service.upper()}_{name}", f"MARQUEE_{name}")
        for key in keys:
            if self._variables.get(key):
                return self._variables[key]
        if development is not None and self.stage in ("local", "test"):
            return development
        raise SettingsError(f"{keys[0]} (or {keys[1]}) is not set")

    def whole(self, name: str, *, default: int) -> int:
        """A whole number; the default is safe everywhere."""
        try:
            return int(self.optional(name) or default)
        except ValueError:
            raise SettingsError(f"MARQUEE_{name} must be a whole number") from None

    def flag(self, name: str) -> bool:
        """True for `1`, `true` or `yes`; false when unset."""
        return (self.optional(name) or "").lower() in ("1", "true", "yes")

    def optional(self, name: str) -> str | None:
        """The value, or None where the platform can do without."""
        own = self._variables.get(f"MARQUEE_{self._service.upper()}_{name}")
        return own or self._variables.get(f"MARQUEE_{name}") or None
