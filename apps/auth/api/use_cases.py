"""What the routes lead to, and who asks."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from apps.auth.domain.session import Client, SessionId, SessionNotFoundError, StaleSignInError
from apps.auth.domain.user import UserId
from apps.auth.service.accounts import Accounts
from apps.auth.service.devices import Devices
from apps.auth.service.external import External
from apps.auth.service.passkeys import Passkeys
from apps.auth.service.second_factor import SecondFactors
from apps.auth.service.sessions import SignInSessions
from apps.auth.service.sign_in import SignIn
from apps.kit.errors import UnauthorizedError
from apps.kit.identity import Caller


@dataclass(frozen=True)
class AuthUseCases:
    """What the routes lead to."""

    accounts: Accounts
    sign_in: SignIn
    sessions: SignInSessions
    factors: SecondFactors
    devices: Devices
    passkeys: Passkeys
    external: External
    site: str


def _use_cases(request: Request) -> AuthUseCases:
    use_cases: AuthUseCases = request.app.state.use_cases
    return use_cases


UseCases = Annotated[AuthUseCases, Depends(_use_cases)]
# Set by the gateway on every call; the internal token is what proves that it was the gateway.
ClientAddress = Annotated[str, Header(alias="x-client-address", include_in_schema=False)]


# What refuses somebody who changes how they sign in.
FRESH = (UnauthorizedError, SessionNotFoundError, StaleSignInError)


def client_at(address: str, device: str = "unknown device") -> Client:
    """Where a request came from."""
    return Client(address, device)


def own(caller: Caller) -> tuple[UserId, SessionId]:
    """The account and the session that ask."""
    return UserId(caller.user_id), SessionId(caller.session())
