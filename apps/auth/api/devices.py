"""The device grant (RFC 8628)."""

from fastapi import APIRouter, Response

from apps.auth.api.use_cases import ClientAddress, UseCases, client_at
from apps.auth.domain.device import (
    DeniedError,
    ExpiredError,
    PendingError,
    SlowDownError,
    UserCodeNotFoundError,
)
from apps.auth.domain.guessing import GuessingRefusedError
from apps.auth.domain.user import UserId
from apps.auth.schemas.accounts import Tokens
from apps.auth.schemas.proofs import (
    DeviceAnswer,
    DeviceAsked,
    DeviceCode,
    DeviceCodes,
    DeviceShown,
    UserCode,
)
from apps.kit.app import problems
from apps.kit.errors import UnauthorizedError
from apps.kit.identity import Anyone, SignedIn

router = APIRouter(tags=["auth"])
_GRANT = (PendingError, SlowDownError, DeniedError, ExpiredError)
_OWNER = (UnauthorizedError, UserCodeNotFoundError, GuessingRefusedError)


@router.post("/auth/device/code", responses=problems(GuessingRefusedError))
def begin_device(
    asked: DeviceAsked, cases: UseCases, _: Anyone, address: ClientAddress = ""
) -> DeviceCodes:
    """A code for a television to show, and the secret by which it asks whether it was entered."""
    codes = cases.devices.begin(client_at(address, asked.device))
    return DeviceCodes.of(codes, cases.site)


@router.post("/auth/device/token", responses=problems(*_GRANT))
def device_token(asked: DeviceCode, cases: UseCases, _: Anyone) -> Tokens:
    """The tokens of a television whose code was entered; `error` is a word of RFC 8628 §3.5 until then."""
    return Tokens.of(cases.devices.token(asked.device_code.get_secret_value()))


@router.post("/auth/device/look", responses=problems(*_OWNER))
def look_at_device(asked: UserCode, cases: UseCases, caller: SignedIn) -> DeviceShown:
    """Which device shows a code: to be looked at before it is let in."""
    return DeviceShown.of(cases.devices.look(UserId(caller.user_id), asked.user_code))


@router.post("/auth/device/approve", status_code=204, responses=problems(*_OWNER))
def answer_device(asked: DeviceAnswer, cases: UseCases, caller: SignedIn) -> Response:
    """Let the device that shows a code in, or refuse it."""
    cases.devices.answer(UserId(caller.user_id), asked.user_code, allow=asked.allow)
    return Response(status_code=204)
