"""Signing in by an account elsewhere: authorization code with PKCE, state, nonce and issuer (RFC 9700)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from apps.auth.domain import letter
from apps.auth.domain.identity import (
    FLOW_LIFE,
    EmailUnverifiedError,
    Flow,
    Identity,
    IdentityTakenError,
    Person,
    ProviderNotFoundError,
    ProviderRefusedError,
)
from apps.auth.domain.one_time import digest_of
from apps.auth.domain.session import Client, Proof, SessionId
from apps.auth.domain.token import TokenPair
from apps.auth.domain.trail import What
from apps.auth.domain.user import User, UserId, normal_email
from apps.auth.ports.outside import NewSecret, Provider
from apps.auth.ports.stores import AuthWork, OpenWork
from apps.auth.service.accounts import Accounts, Mails
from apps.auth.service.second_factor import SecondFactors
from apps.auth.service.sessions import SignInSessions
from apps.kit.clock import Clock
from apps.kit.wrapping import KeyWrap


@dataclass(frozen=True)
class Away:
    """Where a browser is sent, and what it has to bring back besides."""

    url: str
    binding: str


@dataclass(frozen=True)
class Returned:
    """What a browser brings back from a provider."""

    code: str
    state: str
    issuer: str | None
    binding: str


class External:
    """Providers by name; each is asked who somebody is, and never for anything else."""

    def __init__(
        self,
        open_work: OpenWork,
        providers: Mapping[str, Provider],
        new_secret: NewSecret,
        wrap: KeyWrap,
        accounts: Accounts,
        sessions: SignInSessions,
        factors: SecondFactors,
        mails: Mails,
        *,
        clock: Clock,
    ) -> None:
        self._open_work = open_work
        self._providers = providers
        self._new_secret = new_secret
        self._wrap = wrap
        self._accounts = accounts
        self._sessions = sessions
        self._factors = factors
        self._mails = mails
        self._clock = clock

    def begin(self, provider: str) -> Away:
        """Send a browser to a provider, to sign in."""
        with self._open_work() as work:
            return self._sent(work, provider, None)

    def begin_link(self, provider: str, user_id: UserId, session_id: SessionId) -> Away:
        """Send a browser to a provider, to link an account there; shortly after a proof."""
        with self._open_work() as work:
            self._sessions.fresh(work, user_id, session_id)
            return self._sent(work, provider, user_id)

    def log_in(self, provider: str, returned: Returned, client: Client) -> TokenPair:
        """Open a session for whoever the provider says it is; an account is made, or linked by the rule.

        Linked without a question only if both sides know that the address is verified. An account here
        that never showed that its address is its owner's goes: a stranger may have made it beforehand.
        """
        person = self._person(provider, returned, None)
        with self._open_work() as work:
            user = self._user(work, provider, person)
            self._factors.check_needed(work, user, Proof.FEDERATED)
            return self._sessions.open(work, user, client, (Proof.FEDERATED,))

    def link(self, provider: str, returned: Returned, user_id: UserId) -> None:
        """Let an account elsewhere open one's own; IdentityTakenError if it opens another."""
        person = self._person(provider, returned, user_id)
        with self._open_work() as work:
            known = work.identities.find(person.issuer, person.subject)
            if known is not None and known.user_id != user_id:
                raise IdentityTakenError("sign in by it, or use another one")
            if known is None:
                self._linked(work, work.users.get(user_id), provider, person)

    def all(self, user_id: UserId) -> list[Identity]:
        """The accounts elsewhere that open one's own."""
        with self._open_work() as work:
            return list(work.identities.of(user_id))

    def _sent(self, work: AuthWork, provider: str, user_id: UserId | None) -> Away:
        asked = self._provider(provider)
        state, binding, verifier, nonce = (self._new_secret() for _ in range(4))
        flow = Flow(
            digest=digest_of(state),
            provider=provider,
            binding_digest=digest_of(binding),
            wrapped_verifier=self._wrap.wrap(verifier.encode(), "verifier"),
            nonce=nonce,
            user_id=user_id,
            expires_at=self._clock() + FLOW_LIFE,
        )
        work.identities.begin(flow)
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return Away(asked.authorize_url(state, nonce, challenge), binding)

    def _person(self, provider: str, returned: Returned, user_id: UserId | None) -> Person:
        """Who a returned browser's owner is; each state is good once, for the browser that it was given to."""
        asked = self._provider(provider)
        with self._open_work() as work:
            flow = work.identities.take(digest_of(returned.state))
        if flow is None or flow.expires_at < self._clock():
            raise ProviderRefusedError("this came too late, or twice")
        own = hmac.compare_digest(flow.binding_digest, digest_of(returned.binding))
        if not own or (flow.provider, flow.user_id) != (provider, user_id):
            raise ProviderRefusedError("this was begun elsewhere")
        asked.check_issuer(returned.issuer)
        verifier = self._wrap.unwrap(flow.wrapped_verifier, "verifier").decode()
        # Outside a transaction: the provider may take its time.
        return asked.person(returned.code, verifier, flow.nonce)

    def _user(self, work: AuthWork, provider: str, person: Person) -> User:
        known = work.identities.find(person.issuer, person.subject)
        if known is not None:
            return work.users.get(known.user_id)
        if not person.email_verified:
            raise EmailUnverifiedError("sign in here, and link the account")
        local = work.users.find(normal_email(person.email))
        if local is not None and local.email_verified_at is None:
            self._accounts.discard(work, local)
            local = None
        user = local or self._accounts.made_elsewhere(work, person.email)
        self._linked(work, user, provider, person)
        return user

    def _linked(self, work: AuthWork, user: User, provider: str, person: Person) -> None:
        work.identities.add(
            Identity(person.issuer, person.subject, user.id, provider, self._clock())
        )
        said = f"Your account can be opened by an account of {provider.title()} now."
        work.trail.note(What.FACTORS_CHANGED, user.id, said=said)
        work.letters.add(
            letter.notice(user.email, "Another way to sign in", said, self._mails.site)
        )

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            raise ProviderNotFoundError(f"nobody can sign in by {name} here")
        return self._providers[name]
