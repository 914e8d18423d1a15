"""What profiles hears."""

from collections.abc import Sequence

from apps.contracts.auth import SessionRevoked, UserDeleted, UserRegistered
from apps.contracts.catalog import TitlePublished, TitleWithdrawn
from apps.contracts.playback import PlaybackWatched
from apps.kit.entrypoints import Subscription, hear
from apps.profiles.service.households import Households
from apps.profiles.service.titles import Titles
from apps.profiles.service.watching import Watching


def subscriptions(
    households: Households, watching: Watching, titles: Titles
) -> Sequence[Subscription]:
    """Topic to use case."""
    return (
        hear(UserRegistered, households.register),
        hear(UserDeleted, households.erase),
        hear(SessionRevoked, households.end_session),
        hear(TitlePublished, titles.publish),
        hear(TitleWithdrawn, titles.withdraw),
        hear(PlaybackWatched, watching.watched),
    )
