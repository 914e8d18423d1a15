"""Second factors."""

from fastapi import APIRouter, Response

from apps.auth.api.use_cases import FRESH, ClientAddress, UseCases, client_at, own
from apps.auth.domain.factor import (
    NoSecondFactorError,
    SecondFactorExistsError,
    SecondFactorRefusedError,
)
from apps.auth.domain.guessing import GuessingRefusedError
from apps.auth.domain.session import SessionId
from apps.auth.domain.user import UserId
from apps.auth.schemas.accounts import Tokens
from apps.auth.schemas.proofs import (
    CodeLogin,
    CodeProof,
    EnrolmentBody,
    RecoveryCodes,
    RecoveryLogin,
)
from apps.kit.app import problems
from apps.kit.identity import Anyone, SignedIn

router = APIRouter(tags=["auth"])
_CODE = (SecondFactorRefusedError, GuessingRefusedError)


@router.post("/auth/mfa/totp/enrol", responses=problems(*FRESH, SecondFactorExistsError))
def enrol_totp(cases: UseCases, caller: SignedIn) -> EnrolmentBody:
    """Begin to use codes of an authenticator app; nothing changes until it is confirmed."""
    user, session = own(caller)
    return EnrolmentBody.of(cases.factors.enrol(user, session))


@router.post(
    "/auth/mfa/totp/confirm",
    responses=problems(*FRESH, *_CODE, SecondFactorExistsError, NoSecondFactorError),
)
def confirm_totp(asked: CodeProof, cases: UseCases, caller: SignedIn) -> RecoveryCodes:
    """The app makes the right codes: from now on one is asked for. The codes for paper."""
    user, session = own(caller)
    return RecoveryCodes(codes=list(cases.factors.confirm(user, session, asked.code)))


@router.delete("/auth/mfa/totp", status_code=204, responses=problems(*FRESH))
def remove_totp(cases: UseCases, caller: SignedIn) -> Response:
    """Take the second factor away."""
    cases.factors.remove(UserId(caller.user_id), SessionId(caller.session()))
    return Response(status_code=204)


@router.post("/auth/mfa/totp/verify", responses=problems(*_CODE))
def log_in_by_code(
    asked: CodeLogin, cases: UseCases, _: Anyone, address: ClientAddress = ""
) -> Tokens:
    """Open a session by the challenge of a first proof and a code, which is good once."""
    challenge, client = asked.challenge.get_secret_value(), client_at(address, asked.device)
    return Tokens.of(cases.factors.by_code(challenge, asked.code, client))


@router.post("/auth/mfa/recovery", responses=problems(*_CODE))
def log_in_by_recovery_code(
    asked: RecoveryLogin, cases: UseCases, _: Anyone, address: ClientAddress = ""
) -> Tokens:
    """Open a session by the challenge of a first proof and a code on paper, which is good once."""
    challenge, client = asked.challenge.get_secret_value(), client_at(address, asked.device)
    return Tokens.of(cases.factors.by_recovery(challenge, asked.code, client))


@router.post("/auth/mfa/recovery/renew", responses=problems(*FRESH, NoSecondFactorError))
def renew_recovery_codes(cases: UseCases, caller: SignedIn) -> RecoveryCodes:
    """Other codes for paper; the old ones are good no more."""
    user, session = own(caller)
    return RecoveryCodes(codes=list(cases.factors.renew_recovery(user, session)))
