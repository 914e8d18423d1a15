"""Signing in, on and out, and passwords."""

from fastapi import APIRouter, Response

from apps.auth.api.use_cases import ClientAddress, UseCases, client_at, own
from apps.auth.domain.factor import SecondFactorNeededError, SecondFactorRefusedError
from apps.auth.domain.guessing import GuessingRefusedError
from apps.auth.domain.one_time import OneTimeRefusedError
from apps.auth.domain.session import RefreshRefusedError, SessionNotFoundError
from apps.auth.domain.user import LoginRefusedError, PasswordRefusedError, UserNotFoundError
from apps.auth.schemas.accounts import (
    Accepted,
    Address,
    LinkLogin,
    Login,
    PasswordChange,
    PasswordProof,
    RefreshToken,
    Reset,
    Tokens,
)
from apps.kit.app import problems
from apps.kit.errors import UnauthorizedError, UnavailableError
from apps.kit.identity import Anyone, SignedIn

router = APIRouter(tags=["auth"])
_GUESS = (LoginRefusedError, GuessingRefusedError, UnavailableError)


@router.post("/auth/login", responses=problems(*_GUESS, SecondFactorNeededError))
def log_in(asked: Login, cases: UseCases, _: Anyone, address: ClientAddress = "") -> Tokens:
    """Open a session by a password."""
    known = asked.device_token.get_secret_value() if asked.device_token else None
    client = client_at(address, asked.device)
    password = asked.password.get_secret_value()
    return Tokens.of(cases.sign_in.by_password(asked.email, password, client, known))


@router.post("/auth/email/login", status_code=202, responses=problems(GuessingRefusedError))
def ask_link(asked: Address, cases: UseCases, _: Anyone) -> Accepted:
    """Send a link that signs in; the answer is the same for an address without an account."""
    cases.sign_in.ask_link(asked.email)
    return Accepted()


@router.post(
    "/auth/email/login/verify", responses=problems(OneTimeRefusedError, SecondFactorNeededError)
)
def log_in_by_link(
    asked: LinkLogin, cases: UseCases, _: Anyone, address: ClientAddress = ""
) -> Tokens:
    """Open a session by the link of a mail; it is good once, for ten minutes."""
    client = client_at(address, asked.device)
    return Tokens.of(cases.sign_in.by_link(asked.token.get_secret_value(), client))


@router.post(
    "/auth/step-up", responses=problems(*_GUESS, SecondFactorRefusedError, SessionNotFoundError)
)
def step_up(
    asked: PasswordProof, cases: UseCases, caller: SignedIn, address: ClientAddress = ""
) -> Tokens:
    """Show the password once more, for what a session alone may not do; the session's next tokens."""
    user, session = own(caller)
    password, client = asked.password.get_secret_value(), client_at(address)
    return Tokens.of(cases.sign_in.step_up(user, session, password, asked.code, client))


@router.post("/auth/refresh", responses=problems(RefreshRefusedError))
def refresh(asked: RefreshToken, cases: UseCases, _: Anyone) -> Tokens:
    """The next pair of tokens; each refresh token is good once."""
    return Tokens.of(cases.sessions.refresh(asked.refresh_token.get_secret_value()))


@router.post("/auth/logout", status_code=204, responses=problems(RefreshRefusedError))
def log_out(asked: RefreshToken, cases: UseCases, _: Anyone) -> Response:
    """End the session of a refresh token."""
    cases.sessions.log_out(asked.refresh_token.get_secret_value())
    return Response(status_code=204)


@router.post("/auth/password/forgot", status_code=202, responses=problems(GuessingRefusedError))
def forgot_password(asked: Address, cases: UseCases, _: Anyone) -> Accepted:
    """Send a link to a new password; the answer is the same for an address without an account."""
    cases.sign_in.forgot(asked.email)
    return Accepted()


@router.post(
    "/auth/password/reset",
    status_code=204,
    responses=problems(OneTimeRefusedError, PasswordRefusedError, UnavailableError),
)
def reset_password(asked: Reset, cases: UseCases, _: Anyone) -> Response:
    """A new password by the link of a mail, which is good once, for 15 minutes; all sessions end."""
    secret, password = asked.token.get_secret_value(), asked.password.get_secret_value()
    cases.sign_in.reset(secret, password)
    return Response(status_code=204)


@router.post(
    "/auth/password/change",
    status_code=204,
    responses=problems(*_GUESS, PasswordRefusedError, UnauthorizedError, UserNotFoundError),
)
def change_password(
    asked: PasswordChange, cases: UseCases, caller: SignedIn, address: ClientAddress = ""
) -> Response:
    """A new password by the old one; all other sessions end."""
    user, session = own(caller)
    current, new = asked.current.get_secret_value(), asked.password.get_secret_value()
    cases.sign_in.change(user, session, current, new, client_at(address))
    return Response(status_code=204)
