"""Signing in by an account elsewhere; what comes back is posted, so that no address and no log has the code."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from apps.auth.api.use_cases import FRESH, ClientAddress, UseCases, client_at, own
from apps.auth.domain.factor import SecondFactorNeededError
from apps.auth.domain.identity import (
    EmailUnverifiedError,
    IdentityTakenError,
    ProviderNotFoundError,
    ProviderRefusedError,
)
from apps.auth.domain.user import UserId
from apps.auth.schemas.accounts import Tokens
from apps.auth.schemas.proofs import (
    IdentityBody,
    IdentityList,
    OAuthAway,
    OAuthLogin,
    OAuthReturned,
)
from apps.kit.app import problems
from apps.kit.errors import UnauthorizedError, UnavailableError
from apps.kit.identity import Anyone, SignedIn

router = APIRouter(tags=["auth"])
_AWAY = (ProviderNotFoundError, UnavailableError)
_BACK = (*_AWAY, ProviderRefusedError)


Provider = Annotated[str, Path(pattern="^[a-z]{1,20}$")]


@router.get("/auth/oauth/{provider}/start", responses=problems(*_AWAY))
def start_oauth(provider: Provider, cases: UseCases, _: Anyone) -> OAuthAway:
    """Where to send the browser, so that somebody signs in by google or github."""
    return OAuthAway.of(cases.external.begin(provider))


@router.post(
    "/auth/oauth/{provider}/callback",
    responses=problems(*_BACK, EmailUnverifiedError, SecondFactorNeededError),
)
def log_in_by_oauth(
    provider: Provider, asked: OAuthLogin, cases: UseCases, _: Anyone, address: ClientAddress = ""
) -> Tokens:
    """Open a session by what the browser brought back."""
    client = client_at(address, asked.device)
    return Tokens.of(cases.external.log_in(provider, asked.returned(), client))


@router.post("/auth/oauth/{provider}/link/start", responses=problems(*_AWAY, *FRESH))
def start_oauth_link(provider: Provider, cases: UseCases, caller: SignedIn) -> OAuthAway:
    """Where to send the browser, so that an account there opens this one."""
    user, session = own(caller)
    return OAuthAway.of(cases.external.begin_link(provider, user, session))


@router.post(
    "/auth/oauth/{provider}/link",
    status_code=204,
    responses=problems(*_BACK, UnauthorizedError, IdentityTakenError),
)
def link_oauth(
    provider: Provider, asked: OAuthReturned, cases: UseCases, caller: SignedIn
) -> Response:
    """Link the account there by what the browser brought back."""
    cases.external.link(provider, asked.returned(), UserId(caller.user_id))
    return Response(status_code=204)


@router.get("/auth/identities", responses=problems(UnauthorizedError))
def list_identities(cases: UseCases, caller: SignedIn) -> IdentityList:
    """The accounts elsewhere that open one's own."""
    found = cases.external.all(UserId(caller.user_id))
    return IdentityList(
        items=[
            IdentityBody(provider=i.provider, issuer=i.issuer, created_at=i.created_at)
            for i in found
        ]
    )
