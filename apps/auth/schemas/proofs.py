"""Second factors, televisions, passkeys and accounts elsewhere."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, SecretStr

from apps.auth.domain.device import LIFE, POLL_SECONDS, DeviceGrant, shown_code
from apps.auth.domain.passkey import Passkey
from apps.auth.schemas.fields import Asked, Code, Device, Secret
from apps.auth.service.devices import Codes
from apps.auth.service.external import Away, Returned
from apps.auth.service.second_factor import Enrolment
from apps.contracts.text import Text


class CodeProof(Asked):
    """A code of the telephone."""

    code: Code


class CodeLogin(CodeProof):
    """The challenge of a first proof, and a code of the telephone."""

    challenge: Secret
    device: Device = "unknown device"


class RecoveryLogin(Asked):
    """The challenge of a first proof, and a code on paper."""

    challenge: Secret
    code: str = Field(max_length=40, examples=["ABCD-EFGH-IJKL-MNOP-QRST-UVWX"])
    device: Device = "unknown device"


class EnrolmentBody(BaseModel):
    """What an authenticator app needs; shown once."""

    seed: str
    uri: str = Field(description="For a QR code", examples=["otpauth://totp/..."])

    @classmethod
    def of(cls, enrolment: Enrolment) -> "EnrolmentBody":
        """The body of an enrolment."""
        return cls(seed=enrolment.seed, uri=enrolment.uri)


class RecoveryCodes(BaseModel):
    """Codes for paper, each good once; shown once."""

    codes: list[str]


class DeviceAsked(Asked):
    """The name of a television."""

    device: Device = "television"


class DeviceCodes(BaseModel):
    """A code to show, and a secret to ask with (RFC 8628 §3.2)."""

    device_code: str
    user_code: str = Field(examples=["WDJB-MJHT"])
    verification_uri: str
    verification_uri_complete: str
    expires_in: int = Field(description="Seconds")
    interval: int = Field(description="Seconds between two questions")

    @classmethod
    def of(cls, codes: Codes, site: str) -> "DeviceCodes":
        """The body of a television's codes."""
        page, shown = f"{site}/account/device", shown_code(codes.user_code)
        return cls(
            device_code=codes.device_code,
            user_code=shown,
            verification_uri=page,
            verification_uri_complete=f"{page}#{shown}",
            expires_in=int(LIFE.total_seconds()),
            interval=POLL_SECONDS,
        )


class DeviceCode(Asked):
    """The secret by which a television asks."""

    device_code: Secret


class UserCode(Asked):
    """The code that a television shows; hyphens and case do not matter."""

    user_code: str = Field(max_length=20, examples=["WDJB-MJHT"])


class DeviceAnswer(UserCode):
    """Whether the television that shows a code may come in."""

    allow: bool


class DeviceShown(BaseModel):
    """Which device asks, and from where."""

    device: str
    network: str

    @classmethod
    def of(cls, grant: DeviceGrant) -> "DeviceShown":
        """The body of a grant."""
        return cls(device=grant.device, network=grant.client.prefix)


class PasskeyAnswer(Asked):
    """What `navigator.credentials` gave, as its `toJSON()` says it."""

    credential: dict[str, Any]


class NewPasskey(PasskeyAnswer):
    """A passkey that a device has made, and a name for it."""

    name: Text = Field(min_length=1, max_length=60, examples=["Ada's laptop"])


class PasskeyLogin(PasskeyAnswer):
    """What a passkey has signed, and a name for the device."""

    device: Device = "unknown device"


class PasskeyOptions(BaseModel):
    """What `navigator.credentials` takes as `publicKey`, in JSON (WebAuthn level 3)."""

    options: dict[str, Any]


class PasskeyBody(BaseModel):
    """A passkey."""

    id: str
    name: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, passkey: Passkey) -> "PasskeyBody":
        """The body of a passkey."""
        return cls(
            id=passkey.id,
            name=passkey.name,
            backed_up=passkey.backed_up,
            created_at=passkey.created_at,
            last_used_at=passkey.last_used_at,
        )


class PasskeyList(BaseModel):
    """All of a user's passkeys; there are at most ten."""

    items: list[PasskeyBody]


class OAuthAway(BaseModel):
    """Where to send the browser, and what it keeps (in `sessionStorage`) to bring back."""

    url: str
    binding: str

    @classmethod
    def of(cls, away: Away) -> "OAuthAway":
        """The body of a departure."""
        return cls(url=away.url, binding=away.binding)


class OAuthReturned(Asked):
    """What the provider's redirect carried, and what the browser has kept."""

    code: SecretStr = Field(max_length=2000)
    state: Secret
    iss: str | None = Field(default=None, max_length=300)
    binding: Secret

    def returned(self) -> Returned:
        """The same in the words of the use case."""
        code, state = self.code.get_secret_value(), self.state.get_secret_value()
        return Returned(code, state, self.iss, self.binding.get_secret_value())


class OAuthLogin(OAuthReturned):
    """The same, and a name for the device."""

    device: Device = "unknown device"


class IdentityBody(BaseModel):
    """An account elsewhere that opens this one."""

    provider: str
    issuer: str
    created_at: datetime


class IdentityList(BaseModel):
    """All of them."""

    items: list[IdentityBody]
