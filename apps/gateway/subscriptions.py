"""What the gateway hears."""

from collections.abc import Sequence

from apps.contracts.auth import SessionRevoked
from apps.contracts.profiles import HouseholdChanged
from apps.gateway.service.door import Door
from apps.kit.entrypoints import Subscription, hear


def subscriptions(door: Door) -> Sequence[Subscription]:
    """Topic to use case."""
    return (hear(SessionRevoked, door.end_session), hear(HouseholdChanged, door.change_household))
