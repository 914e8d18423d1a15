"""Accounts and their sessions."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from apps.auth.api.use_cases import FRESH, ClientAddress, UseCases, client_at
from apps.auth.domain.guessing import GuessingRefusedError
from apps.auth.domain.one_time import OneTimeRefusedError
from apps.auth.domain.session import SessionId, SessionNotFoundError
from apps.auth.domain.user import PasswordRefusedError, UserId, UserNotFoundError
from apps.auth.schemas.accounts import (
    Accepted,
    Address,
    Credentials,
    ExportBody,
    Jwks,
    Link,
    Roles,
    SessionBody,
    SessionList,
    UserBody,
)
from apps.kit.app import problems
from apps.kit.errors import ForbiddenError, UnauthorizedError, UnavailableError
from apps.kit.identity import Anyone, Operator, SignedIn

router = APIRouter(tags=["auth"])
_OWN = (UnauthorizedError, UserNotFoundError)
_SIGN_UP = (PasswordRefusedError, GuessingRefusedError, UnavailableError)


@router.post("/auth/signup", status_code=202, responses=problems(*_SIGN_UP))
def sign_up(
    asked: Credentials, cases: UseCases, _: Anyone, address: ClientAddress = ""
) -> Accepted:
    """Open an account; the answer is the same for an address that has one, a mail says more."""
    password = asked.password.get_secret_value()
    cases.accounts.sign_up(asked.email, password, client_at(address))
    return Accepted()


@router.post("/auth/email/verify", status_code=204, responses=problems(OneTimeRefusedError))
def verify_email(asked: Link, cases: UseCases, _: Anyone) -> Response:
    """An address is its owner's, by the link of a mail; it is good once, for 24 hours."""
    cases.accounts.verify(asked.token.get_secret_value())
    return Response(status_code=204)


@router.post("/auth/email/resend", status_code=202, responses=problems(GuessingRefusedError))
def resend_verification(asked: Address, cases: UseCases, _: Anyone) -> Accepted:
    """Another link to an address that is not verified; the answer is the same for all others."""
    cases.accounts.resend(asked.email)
    return Accepted()


@router.get("/auth/me", responses=problems(*_OWN))
def me(cases: UseCases, caller: SignedIn) -> UserBody:
    """One's own account."""
    return UserBody.of(cases.accounts.get(UserId(caller.user_id)))


@router.get("/auth/me/export", responses=problems(*FRESH))
def export_me(cases: UseCases, caller: SignedIn) -> ExportBody:
    """All that is known of the account; shortly after a sign-in or step-up."""
    session = SessionId(caller.session())
    return ExportBody.of(cases.accounts.export(UserId(caller.user_id), session))


@router.delete("/auth/me", status_code=204, responses=problems(*FRESH))
def delete_me(cases: UseCases, caller: SignedIn) -> Response:
    """Close the account for good; shortly after a sign-in or step-up."""
    cases.accounts.delete(UserId(caller.user_id), SessionId(caller.session()))
    return Response(status_code=204)


@router.get("/auth/sessions", responses=problems(UnauthorizedError))
def list_sessions(cases: UseCases, caller: SignedIn) -> SessionList:
    """One's own sessions, the one used last first."""
    current = SessionId(caller.session())
    living = cases.sessions.all(UserId(caller.user_id))
    return SessionList(items=[SessionBody.of(session, current) for session in living])


@router.delete("/auth/sessions", status_code=204, responses=problems(UnauthorizedError))
def end_other_sessions(cases: UseCases, caller: SignedIn) -> Response:
    """End all of one's sessions but the one that asks."""
    cases.sessions.revoke_all(UserId(caller.user_id), keep=SessionId(caller.session()))
    return Response(status_code=204)


@router.delete(
    "/auth/sessions/{session_id}",
    status_code=204,
    responses=problems(UnauthorizedError, SessionNotFoundError),
)
def end_session(session_id: UUID, cases: UseCases, caller: SignedIn) -> Response:
    """End one of one's own sessions."""
    cases.sessions.revoke(UserId(caller.user_id), SessionId(session_id))
    return Response(status_code=204)


@router.post("/auth/logout-all", status_code=204, responses=problems(UnauthorizedError))
def log_out_everywhere(cases: UseCases, caller: SignedIn) -> Response:
    """End all of one's sessions, the one that asks among them."""
    cases.sessions.revoke_all(UserId(caller.user_id))
    return Response(status_code=204)


@router.put(
    "/auth/users/{user_id}/roles",
    responses=problems(UnauthorizedError, ForbiddenError, UserNotFoundError),
)
def grant_roles(user_id: UUID, asked: Roles, cases: UseCases, _: Operator) -> UserBody:
    """Give a user exactly these roles; operators only."""
    return UserBody.of(cases.accounts.grant(UserId(user_id), frozenset(asked.roles)))


@router.get("/.well-known/jwks.json")
def jwks(request: Request) -> Jwks:
    """The public keys of access tokens."""
    published: Jwks = request.app.state.jwks()
    return published
