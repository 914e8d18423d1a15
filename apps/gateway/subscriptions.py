"""What the gateway hears."""

from collections.abc import Sequence

from apps.contracts.auth import SessionRevoked
from apps.gateway.service import Gateway
from apps.kit.entrypoints import Subscription, hear


def subscriptions(gateway: Gateway) -> Sequence[Subscription]:
    """Topic to use case."""
    return (hear(SessionRevoked, gateway.end_session),)
