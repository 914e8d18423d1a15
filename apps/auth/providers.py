"""Google, by OpenID Connect, and GitHub, which has its own ways."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from jwt import PyJWK

from apps.auth.domain.identity import Person, ProviderRefusedError
from apps.kit.errors import UnavailableError

SECONDS = 5.0
ALGORITHMS = ("RS256", "ES256")


class _Provider:
    """What both have: a client of ours, and a page to come back to."""

    def __init__(self, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri

    def _url(self, page: str, scope: str, state: str, challenge: str, **more: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": scope,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **more,
        }
        return f"{page}?{urlencode(asked)}"

    def _tokens(self, url: str, code: str, verifier: str) -> Mapping[str, Any]:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "code_verifier": verifier,
        }
        got: Mapping[str, Any] = self._call("POST", url, data=asked)
        # GitHub answers 200 to a code that is not good.
        if "access_token" not in got:
            raise ProviderRefusedError(str(got.get("error", "no token came")))
        return got

    def _call(self, method: str, url: str, **asked: Any) -> Any:
        headers = {"Accept": "application/json", **asked.pop("headers", {})}
        try:
            got = httpx.request(method, url, headers=headers, timeout=SECONDS, **asked)
        except httpx.HTTPError as error:
            raise UnavailableError(f"the provider cannot be reached: {error}") from error
        if got.status_code >= 500:
            raise UnavailableError("the provider is away for the moment")
        try:
            said = got.json()
        except ValueError:
            raise ProviderRefusedError("the provider answered nonsense") from None
        if got.is_error:
            raise ProviderRefusedError(str(said.get("error", got.status_code)))
        return said


class OpenIdProvider(_Provider):
    """A provider that says where its pages are, and signs who somebody is (Google among them)."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> None:
        super().__init__(client_id, client_secret, redirect_uri)
        self._issuer = issuer.rstrip("/")
        self._known: Mapping[str, Any] | None = None

    def authorize_url(self, state: str, nonce: str, challenge: str) -> str:
        """The page where somebody says yes."""
        page = self._metadata()["authorization_endpoint"]
        return self._url(page, "openid email", state, challenge, nonce=nonce)

    def check_issuer(self, issuer: str | None) -> None:
        """ProviderRefusedError for an answer of another issuer (RFC 9207)."""
        told = self._metadata().get("authorization_response_iss_parameter_supported", False)
        if issuer is None and not told:
            return
        if issuer != self._metadata()["issuer"]:
            raise ProviderRefusedError("another issuer has answered")

    def person(self, code: str, verifier: str, nonce: str) -> Person:
        """Who somebody is, for a code; ProviderRefusedError unless everything fits."""
        known = self._metadata()
        tokens = self._tokens(known["token_endpoint"], code, verifier)
        claims = self._claims(str(tokens.get("id_token", "")), known["issuer"])
        if claims.get("nonce") != nonce:
            raise ProviderRefusedError("the identity token is of another sign-in")
        if "email" not in claims:
            # The address may stand here alone (OpenID Connect Core 1.0 §5.4), and only of the same person.
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            told = self._call("GET", known["userinfo_endpoint"], headers=headers)
            claims = {**told, **claims} if told.get("sub") == claims["sub"] else claims
        email = str(claims.get("email", ""))
        return Person(
            known["issuer"],
            claims["sub"],
            email,
            bool(email) and claims.get("email_verified") is True,
        )

    def _claims(self, token: str, issuer: str) -> Mapping[str, Any]:
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                self._key(token),
                ALGORITHMS,
                audience=self._client_id,
                issuer=issuer,
                leeway=5,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except (jwt.InvalidTokenError, KeyError) as refused:
            raise ProviderRefusedError(f"the identity token is not good: {refused}") from refused
        return claims

    def _key(self, token: str) -> PyJWK:
        wanted = jwt.get_unverified_header(token).get("kid")
        published = self._call("GET", self._metadata()["jwks_uri"])["keys"]
        return next(
            (PyJWK(each) for each in published if each.get("kid") == wanted), None
        ) or _unknown(wanted)

    def _metadata(self) -> Mapping[str, Any]:
        if self._known is None:
            known = self._call("GET", f"{self._issuer}/.well-known/openid-configuration")
            if known["issuer"].rstrip("/") != self._issuer:
                raise ProviderRefusedError("the provider calls itself by another name")
            self._known = known
        return self._known


class GitHub(_Provider):
    """OAuth without OpenID Connect: who somebody is stands in two answers of its API."""

    def __init__(
        self, site: str, api: str, client_id: str, client_secret: str, redirect_uri: str
    ) -> None:
        super().__init__(client_id, client_secret, redirect_uri)
        self._site, self._api = site.rstrip("/"), api.rstrip("/")

    def authorize_url(self, state: str, nonce: str, challenge: str) -> str:
        """The page where somebody says yes."""
        page = f"{self._site}/login/oauth/authorize"
        return self._url(page, "read:user user:email", state, challenge)

    def check_issuer(self, issuer: str | None) -> None:
        """GitHub names no issuer; ProviderRefusedError for an answer that does name one."""
        if issuer is not None and issuer.rstrip("/") not in (
            self._site,
            f"{self._site}/login/oauth",
        ):
            raise ProviderRefusedError("another issuer has answered")

    def person(self, code: str, verifier: str, nonce: str) -> Person:
        """Who somebody is, for a code; of several addresses the primary one."""
        tokens = self._tokens(f"{self._site}/login/oauth/access_token", code, verifier)
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        user = self._call("GET", f"{self._api}/user", headers=headers)
        emails = self._call("GET", f"{self._api}/user/emails", headers=headers)
        primary: Mapping[str, Any] = next((each for each in emails if each.get("primary")), {})
        verified = primary.get("verified") is True
        return Person(self._site, str(user["id"]), str(primary.get("email", "")), verified)


def _unknown(key_id: object) -> PyJWK:
    raise ProviderRefusedError(f"nobody has published the key {key_id}")
