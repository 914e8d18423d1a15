"""How far a profile is in a title: the last write by the time it happened wins, on every device."""

from dataclasses import dataclass, replace
from datetime import datetime

from apps.profiles.domain.household import ProfileId, UserId
from apps.profiles.domain.title import KnownTitle, TitleId

# From where to where a title counts as being watched, as shares of its length, by its kind. An
# episode's end titles are short, and who left it early has hardly begun.
WATCHING = {"film": (0.05, 0.90), "episode": (0.05, 0.95), "short": (0.10, 0.90)}


@dataclass(frozen=True)
class Position:
    """The newest thing known of one profile and one title, and when it happened.

    `removed`: the owner took it out of the history. `hidden_at`: out of what to go on with, until
    it is watched again.
    """

    user_id: UserId
    profile_id: ProfileId
    title_id: TitleId
    seconds: float
    at: datetime
    removed: bool = False
    hidden_at: datetime | None = None

    def merged(self, other: "Position") -> "Position":
        """Both in one, whichever came first: order and repetition make no difference."""
        newer = max(self, other, key=lambda each: (each.at, each.removed, each.seconds))
        hidden = [each.hidden_at for each in (self, other) if each.hidden_at is not None]
        return replace(newer, hidden_at=max(hidden, default=None))

    def continues(self, title: KnownTitle) -> bool:
        """Whether it is something to go on with."""
        if self.removed or (self.hidden_at is not None and self.at <= self.hidden_at):
            return False
        share = self.seconds / title.duration_seconds if title.duration_seconds else 0.0
        begun, over = WATCHING.get(title.kind, WATCHING["film"])
        return begun <= share < over
