"""Codes by time, as authenticator apps make them."""

import secrets

import pyotp


class TotpCodes:
    """Six digits every 30 seconds, by HMAC-SHA1: what every app can do (RFC 6238)."""

    def new_seed(self) -> str:
        """160 random bits, in base 32."""
        return pyotp.random_base32()

    def code(self, seed: str, step: int) -> str:
        """The code of one step of 30 seconds since 1970."""
        return pyotp.HOTP(seed).at(step)

    def uri(self, seed: str, email: str) -> str:
        """What the QR code for an app says."""
        return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name="Marquee")

    def recovery_code(self) -> str:
        """120 random bits, in groups of four."""
        letters = [secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(24)]
        return "-".join("".join(letters[start : start + 4]) for start in range(0, 24, 4))
