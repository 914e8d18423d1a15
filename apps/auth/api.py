"""Auth over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from apps.auth.domain import LoginRefusedError, RefreshRefusedError, UserId, UserNotFoundError
from apps.auth.schemas import (
    Accepted,
    Credentials,
    Jwks,
    Login,
    RefreshToken,
    Roles,
    Tokens,
    UserBody,
)
from apps.auth.service import Auth
from apps.kit.app import problems
from apps.kit.errors import ForbiddenError, UnauthorizedError, UnavailableError
from apps.kit.identity import Anyone, Operator

router = APIRouter(tags=["auth"])


def _auth(request: Request) -> Auth:
    auth: Auth = request.app.state.use_cases
    return auth


UseCases = Annotated[Auth, Depends(_auth)]


@router.post("/auth/signup", status_code=202, responses=problems(UnavailableError))
def sign_up(asked: Credentials, auth: UseCases, _: Anyone) -> Accepted:
    """Open an account; the answer is the same for an address that has one."""
    auth.sign_up(asked.email, asked.password.get_secret_value())
    return Accepted()


@router.post("/auth/login", responses=problems(LoginRefusedError, UnavailableError))
def log_in(asked: Login, auth: UseCases, _: Anyone) -> Tokens:
    """Open a session."""
    return Tokens.of(auth.log_in(asked.email, asked.password.get_secret_value(), asked.device))


@router.post("/auth/refresh", responses=problems(RefreshRefusedError))
def refresh(asked: RefreshToken, auth: UseCases, _: Anyone) -> Tokens:
    """The next pair of tokens; each refresh token is good once."""
    return Tokens.of(auth.refresh(asked.refresh_token.get_secret_value()))


@router.post("/auth/logout", status_code=204, responses=problems(RefreshRefusedError))
def log_out(asked: RefreshToken, auth: UseCases, _: Anyone) -> Response:
    """End the session of a refresh token."""
    auth.log_out(asked.refresh_token.get_secret_value())
    return Response(status_code=204)


@router.put(
    "/auth/users/{user_id}/roles",
    responses=problems(UnauthorizedError, ForbiddenError, UserNotFoundError),
)
def grant_roles(user_id: UUID, asked: Roles, auth: UseCases, _: Operator) -> UserBody:
    """Give a user exactly these roles; operators only."""
    return UserBody.of(auth.grant(UserId(user_id), frozenset(asked.roles)))


@router.get("/.well-known/jwks.json")
def jwks(request: Request) -> Jwks:
    """The public keys of access tokens."""
    published: Jwks = request.app.state.jwks
    return published
