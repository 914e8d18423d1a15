"""Passkeys."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from apps.auth.api.use_cases import FRESH, ClientAddress, UseCases, client_at, own
from apps.auth.domain.passkey import (
    LastProofError,
    PasskeyNotAddedError,
    PasskeyNotFoundError,
    PasskeyRefusedError,
)
from apps.auth.domain.user import UserId
from apps.auth.schemas.accounts import Tokens
from apps.auth.schemas.proofs import (
    NewPasskey,
    PasskeyBody,
    PasskeyList,
    PasskeyLogin,
    PasskeyOptions,
)
from apps.kit.app import problems
from apps.kit.errors import UnauthorizedError
from apps.kit.identity import Anyone, SignedIn

router = APIRouter(tags=["auth"])
PasskeyName = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,1400}$")]


@router.post("/auth/passkeys/register/options", responses=problems(*FRESH, PasskeyNotAddedError))
def begin_passkey(cases: UseCases, caller: SignedIn) -> PasskeyOptions:
    """What a browser needs to make a passkey; shortly after a sign-in or step-up."""
    user, session = own(caller)
    return PasskeyOptions(options=dict(cases.passkeys.begin(user, session)))


@router.post(
    "/auth/passkeys/register/verify",
    status_code=201,
    responses=problems(*FRESH, PasskeyNotAddedError, PasskeyRefusedError),
)
def add_passkey(asked: NewPasskey, cases: UseCases, caller: SignedIn) -> PasskeyBody:
    """Keep the passkey that a device has made."""
    user, session = own(caller)
    return PasskeyBody.of(cases.passkeys.add(user, session, asked.name, asked.credential))


@router.get("/auth/passkeys", responses=problems(UnauthorizedError))
def list_passkeys(cases: UseCases, caller: SignedIn) -> PasskeyList:
    """One's own passkeys, the oldest first."""
    known = cases.passkeys.all(UserId(caller.user_id))
    return PasskeyList(items=[PasskeyBody.of(passkey) for passkey in known])


@router.delete(
    "/auth/passkeys/{passkey_id}",
    status_code=204,
    responses=problems(*FRESH, PasskeyNotFoundError, LastProofError),
)
def remove_passkey(passkey_id: PasskeyName, cases: UseCases, caller: SignedIn) -> Response:
    """Take a passkey away, unless it is the last way to sign in."""
    user, session = own(caller)
    cases.passkeys.remove(user, session, passkey_id)
    return Response(status_code=204)


@router.post("/auth/passkeys/login/options")
def begin_passkey_login(cases: UseCases, _: Anyone) -> PasskeyOptions:
    """What a browser needs to sign in by any of its passkeys."""
    return PasskeyOptions(options=dict(cases.passkeys.begin_login()))


@router.post("/auth/passkeys/login/verify", responses=problems(PasskeyRefusedError))
def log_in_by_passkey(
    asked: PasskeyLogin, cases: UseCases, _: Anyone, address: ClientAddress = ""
) -> Tokens:
    """Open a session by a passkey; no password, and no further factor."""
    client = client_at(address, asked.device)
    return Tokens.of(cases.passkeys.log_in(asked.credential, client))
