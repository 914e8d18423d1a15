"""The door's table of routes: every operation of every service, and who may use it."""

from collections.abc import Sequence

from apps.gateway.domain import Audience, Household, Rate, Route


def _routes(
    service: str,
    audience: Audience,
    *operations: str,
    sensitive: bool = False,
    household: Household = Household.NOTHING,
) -> list[Route]:
    routes = []
    for operation in operations:
        method, path = operation.split(" ")
        rate = _rate(service, audience, method, path)
        routes.append(Route(method, path, service, audience, rate, sensitive, household))
    return routes


def _rate(service: str, audience: Audience, method: str, path: str) -> Rate:
    if (service, audience) == ("auth", Audience.PUBLIC):
        return Rate.OPEN if path.startswith("/.well-known/") else Rate.SIGN_IN
    if service == "playback":
        return Rate.PLAY
    return Rate.READ if method == "GET" else Rate.WRITE


# The door's own pages, which have routers of their own.
TITLE_PAGE = Route(
    "GET", "/pages/titles/{title_id}", "gateway", Audience.PUBLIC, Rate.READ,
    household=Household.LIMITS,
)  # fmt: skip
HOME_PAGE = Route(
    "GET", "/pages/home", "gateway", Audience.SIGNED_IN, Rate.READ, household=Household.LIMITS
)
ACCOUNT_PAGE = Route("GET", "/pages/account", "gateway", Audience.SIGNED_IN, Rate.READ)
PAGES = (TITLE_PAGE, HOME_PAGE, ACCOUNT_PAGE)

ROUTES: Sequence[Route] = (
    *_routes(
        "auth",
        Audience.PUBLIC,
        "POST /auth/signup",
        "POST /auth/email/verify",
        "POST /auth/email/resend",
        "POST /auth/email/login",
        "POST /auth/email/login/verify",
        "POST /auth/login",
        "POST /auth/refresh",
        "POST /auth/logout",
        "GET /auth/oauth/{provider}/start",
        "POST /auth/oauth/{provider}/callback",
        "POST /auth/passkeys/login/options",
        "POST /auth/passkeys/login/verify",
        "POST /auth/device/code",
        "POST /auth/device/token",
        "POST /auth/mfa/totp/verify",
        "POST /auth/mfa/recovery",
        "POST /auth/password/forgot",
        "POST /auth/password/reset",
        "GET /.well-known/jwks.json",
    ),
    *_routes(
        "auth",
        Audience.SIGNED_IN,
        "GET /auth/me",
        "GET /auth/passkeys",
        "GET /auth/identities",
        "POST /auth/device/look",
        "POST /auth/device/approve",
        "GET /auth/sessions",
        "DELETE /auth/sessions",
        "DELETE /auth/sessions/{session_id}",
        "POST /auth/logout-all",
    ),
    *_routes(
        "auth",
        Audience.SIGNED_IN,
        "GET /auth/me/export",
        "DELETE /auth/me",
        "POST /auth/step-up",
        "POST /auth/password/change",
        "POST /auth/oauth/{provider}/link/start",
        "POST /auth/oauth/{provider}/link",
        "POST /auth/passkeys/register/options",
        "POST /auth/passkeys/register/verify",
        "DELETE /auth/passkeys/{passkey_id}",
        "POST /auth/mfa/totp/enrol",
        "POST /auth/mfa/totp/confirm",
        "DELETE /auth/mfa/totp",
        "POST /auth/mfa/recovery/renew",
        sensitive=True,
    ),
    *_routes("auth", Audience.OPERATOR, "PUT /auth/users/{user_id}/roles", sensitive=True),
    *_routes(
        "videos",
        Audience.STUDIO,
        "POST /videos",
        "GET /videos",
        "GET /videos/{video_id}",
        "PUT /videos/{video_id}",
        "DELETE /videos/{video_id}",
        "POST /videos/{video_id}/publish",
        "POST /videos/{video_id}/unpublish",
        "POST /videos/{video_id}/uploads",
        "GET /uploads/{upload_id}",
        "DELETE /uploads/{upload_id}",
        "POST /uploads/{upload_id}/parts",
        "POST /uploads/{upload_id}/complete",
    ),
    *_routes(
        "transcoding",
        Audience.STUDIO,
        "GET /transcoding/jobs",
        "GET /transcoding/jobs/{job_id}",
        "POST /transcoding/jobs/{job_id}/retry",
        "POST /transcoding/jobs/{job_id}/cancel",
    ),
    *_routes(
        "catalog",
        Audience.PUBLIC,
        "GET /search",
        "GET /search/suggest",
        "GET /titles",
        "GET /titles/{title_id}",
        "GET /videos/{video_id}/related",
        household=Household.LIMITS,
    ),
    *_routes(
        "playback",
        Audience.SIGNED_IN,
        "POST /playback/{video_id}/sessions",
        "GET /playback/{video_id}/manifest",
        household=Household.LIMITS,
    ),
    *_routes(
        "playback",
        Audience.SIGNED_IN,
        "POST /playback/sessions/{session_id}/heartbeat",
        household=Household.LIMITS_IF_KNOWN,
    ),
    *_routes("playback", Audience.SIGNED_IN, "DELETE /playback/sessions/{session_id}"),
    *_routes("playback", Audience.OPERATOR, "PUT /playback/entitlements/{user_id}", sensitive=True),
    *_routes("playback", Audience.PLAYER, "POST /drm/{system}"),
    # Profiles itself knows who acts.
    *_routes(
        "profiles",
        Audience.SIGNED_IN,
        "GET /profiles/{user_id}",
        "GET /profiles/{user_id}/{profile_id}",
        "GET /profiles/{user_id}/{profile_id}/watchlist",
        "PUT /profiles/{user_id}/{profile_id}/watchlist/{title_id}",
        "DELETE /profiles/{user_id}/{profile_id}/watchlist/{title_id}",
        "POST /profiles/{user_id}/{profile_id}/watchlist/{title_id}/move",
        "GET /profiles/{user_id}/{profile_id}/history",
        "DELETE /profiles/{user_id}/{profile_id}/history",
        "DELETE /profiles/{user_id}/{profile_id}/history/{title_id}",
        "GET /profiles/{user_id}/{profile_id}/continue-watching",
        "DELETE /profiles/{user_id}/{profile_id}/continue-watching/{title_id}",
        "GET /profiles/{user_id}/{profile_id}/positions/{title_id}",
        "PUT /profiles/{user_id}/{profile_id}/positions/{title_id}",
        "GET /profiles/{user_id}/{profile_id}/ratings",
        "PUT /profiles/{user_id}/{profile_id}/ratings/{title_id}",
        "DELETE /profiles/{user_id}/{profile_id}/ratings/{title_id}",
        "GET /profiles/{user_id}/{profile_id}/not-for-me",
        "PUT /profiles/{user_id}/{profile_id}/not-for-me/{title_id}",
        "DELETE /profiles/{user_id}/{profile_id}/not-for-me/{title_id}",
        "GET /profiles/{user_id}/{profile_id}/reviews/{title_id}",
        "PUT /profiles/{user_id}/{profile_id}/reviews/{title_id}",
        "DELETE /profiles/{user_id}/{profile_id}/reviews/{title_id}",
    ),
    *_routes(
        "profiles",
        Audience.SIGNED_IN,
        "PUT /profiles/{user_id}",
        "POST /profiles/{user_id}",
        "PUT /profiles/{user_id}/{profile_id}",
        "DELETE /profiles/{user_id}/{profile_id}",
        "POST /profiles/{user_id}/{profile_id}/choose",
        "PUT /profiles/{user_id}/{profile_id}/pin",
        "DELETE /profiles/{user_id}/{profile_id}/pin",
        household=Household.CHANGES,
    ),
    *_routes(
        "profiles", Audience.PUBLIC, "GET /titles/{title_id}/reviews", household=Household.LIMITS
    ),
    *_routes(
        "profiles",
        Audience.SIGNED_IN,
        "POST /reviews/{review_id}/reports",
        household=Household.LIMITS,
    ),
    *_routes(
        "profiles",
        Audience.OPERATOR,
        "GET /reviews/reported",
        "POST /reviews/{review_id}/decision",
        "PUT /households/{user_id}/plan",
        sensitive=True,
    ),
)
