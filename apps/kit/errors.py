"""Errors that say what happened; each carries the status and type of its problem+json answer."""

from collections.abc import Mapping
from typing import ClassVar


class ServiceError(Exception):
    """An expected refusal; `type` is stable, the detail is for people."""

    status: ClassVar[int] = 400
    type: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be answered"

    def __init__(self, detail: str, *, members: Mapping[str, object] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = dict(members or {})
        self.headers: dict[str, str] = {}


class UnauthorizedError(ServiceError):
    """Nobody is known to be asking."""

    status = 401
    type = "unauthorized"
    title = "Sign in first"

    def __init__(self, detail: str, *, members: Mapping[str, object] | None = None) -> None:
        super().__init__(detail, members=members)
        self.headers = {"WWW-Authenticate": "Bearer"}


class ForbiddenError(ServiceError):
    """The caller is known and may not."""

    status = 403
    type = "forbidden"
    title = "Not allowed"


class NotFoundError(ServiceError):
    """Nothing of that name, or nothing the caller may know of."""

    status = 404
    type = "not-found"
    title = "Not found"


class ConflictError(ServiceError):
    """The thing is in a state that refuses this."""

    status = 409
    type = "conflict"
    title = "In conflict with the present state"


class TooLargeError(ServiceError):
    """The body is over its limit."""

    status = 413
    type = "body-too-large"
    title = "The body is too large"


class UnprocessableError(ServiceError):
    """Well-formed, but wrong."""

    status = 422
    type = "unprocessable"
    title = "The content is wrong"


class TooManyError(ServiceError):
    """A limit of the caller's is used up."""

    status = 429
    type = "too-many"
    title = "A limit is used up"


class UnavailableError(ServiceError):
    """Something this needs is away; the same request may work later."""

    status = 503
    type = "unavailable"
    title = "Not available for the moment"

    def __init__(self, detail: str, *, retry_after_seconds: int = 2) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": str(retry_after_seconds)}


class OutOfOrderError(Exception):
    """A fact came before one that it builds on; it is to be delivered again."""
