"""WebAuthn by the library of that name: options for devices, and what they answer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from apps.auth.domain.passkey import ClonedError, Passkey, PasskeyNotAddedError, PasskeyRefusedError
from apps.auth.domain.user import User
from apps.auth.ports.outside import Made, Signed


class WebAuthn:
    """Discoverable passkeys that recognise their owner, for one name (`rp_id`) and its origins."""

    def __init__(self, rp_id: str, origins: Sequence[str]) -> None:
        self._rp_id = rp_id
        self._origins = list(origins)

    def registration(
        self, challenge: bytes, user: User, known: Sequence[Passkey]
    ) -> Mapping[str, Any]:
        """What a browser's `navigator.credentials.create` takes."""
        options = generate_registration_options(
            rp_id=self._rp_id,
            rp_name="Marquee",
            user_id=user.id.bytes,
            user_name=user.email,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.id)) for each in known
            ],
        )
        return dict(json.loads(options_to_json(options)))

    def login(self, challenge: bytes) -> Mapping[str, Any]:
        """What a browser's `navigator.credentials.get` takes; any passkey may answer."""
        options = generate_authentication_options(
            rp_id=self._rp_id,
            challenge=challenge,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return dict(json.loads(options_to_json(options)))

    def challenge_of(self, credential: Mapping[str, Any]) -> bytes:
        """The challenge that a device says it answers; PasskeyRefusedError for nonsense."""
        try:
            said = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
            return base64url_to_bytes(said["challenge"])
        except (KeyError, TypeError, ValueError):
            raise PasskeyRefusedError("the answer has no challenge") from None

    def made(self, credential: Mapping[str, Any], challenge: bytes) -> Made:
        """The key that a device has made; PasskeyNotAddedError if its answer is not good."""
        try:
            found = verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origins,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as refused:
            raise PasskeyNotAddedError(str(refused)) from refused
        return Made(
            id=bytes_to_base64url(found.credential_id),
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            backed_up=found.credential_backed_up,
        )

    def signed(self, credential: Mapping[str, Any], challenge: bytes, passkey: Passkey) -> Signed:
        """That a passkey signed; PasskeyRefusedError if not, ClonedError if it counts backwards."""
        try:
            found = verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self._origins,
                credential_public_key=passkey.public_key,
                # Checked below, so that a clone is told from all other refusals.
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as refused:
            raise PasskeyRefusedError(str(refused)) from refused
        count = found.new_sign_count
        if (count or passkey.sign_count) and count <= passkey.sign_count:
            raise ClonedError
        return Signed(count, found.credential_backed_up)
