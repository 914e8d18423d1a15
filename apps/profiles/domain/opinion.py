"""What a profile thinks of a title."""

from dataclasses import dataclass, replace

from apps.kit.errors import UnprocessableError
from apps.profiles.domain.household import ProfileId, UserId
from apps.profiles.domain.title import TitleId

THUMBS = ("up", "down")


@dataclass(frozen=True)
class Opinion:
    """Stars (1-5), a thumb, and whether the title is not for this profile; `sequence` counts changes."""

    user_id: UserId
    profile_id: ProfileId
    title_id: TitleId
    stars: int | None = None
    thumb: str | None = None
    not_for_me: bool = False
    sequence: int = 0

    def rated(self, stars: int | None, thumb: str | None) -> "Opinion":
        """With another rating, or none."""
        if stars is not None and not 1 <= stars <= 5:
            raise UnprocessableError("stars go from 1 to 5")
        return self._changed(replace(self, stars=stars, thumb=thumb))

    def dismissed(self, not_for_me: bool) -> "Opinion":
        """Not to be suggested any more, or again."""
        return self._changed(replace(self, not_for_me=not_for_me))

    def _changed(self, changed: "Opinion") -> "Opinion":
        return self if changed == self else replace(changed, sequence=self.sequence + 1)
