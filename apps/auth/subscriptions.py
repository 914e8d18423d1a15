"""What auth hears."""

from collections.abc import Sequence

from apps.auth.service.accounts import Accounts
from apps.contracts.playback import PlaybackErased
from apps.contracts.profiles import ProfilesErased
from apps.kit.entrypoints import Subscription, hear


def subscriptions(accounts: Accounts) -> Sequence[Subscription]:
    """Topic to use case."""
    return (
        hear(PlaybackErased, accounts.confirm_erased),
        hear(ProfilesErased, accounts.confirm_erased),
    )
