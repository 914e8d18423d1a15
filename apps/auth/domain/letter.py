"""The letters that auth sends, in text and HTML."""

from dataclasses import dataclass
from html import escape

from apps.auth.domain.one_time import Purpose


@dataclass(frozen=True)
class Letter:
    """One mail to one address."""

    to: str
    subject: str
    text: str
    html: str


_SIGNATURE = "If this was not you, ignore this mail: nothing has changed.\n\nMarquee"
# Subject, what is said, what the link is called, and its page.
_LINKS = {
    Purpose.VERIFY: (
        "Confirm your address",
        "You opened an account with this address. Confirm within 24 hours that it is yours.",
        "Confirm this address",
        "verify",
    ),
    Purpose.RESET: (
        "Choose a new password",
        "Somebody asked for a new password for your account. The link is good for 15 minutes.",
        "Choose a new password",
        "reset",
    ),
    Purpose.LOGIN: (
        "Sign in",
        "Somebody asked to sign in to your account by mail. The link is good for 10 minutes.",
        "Sign in",
        "sign-in",
    ),
}


def link(to: str, purpose: Purpose, secret: str, site: str) -> Letter:
    """A letter with a link; the secret is behind a `#`, so that no server logs it, and opening it does nothing."""
    subject, said, name, page = _LINKS[purpose]
    url = f"{site}/account/{page}#{secret}"
    return _letter(to, subject, said, _SIGNATURE, (name, url))


def known_address(to: str, site: str) -> Letter:
    """To somebody who signs up with an address that has an account."""
    said = "Somebody wanted to open an account with this address. You have one already."
    return _letter(to, "You have an account", said, _SIGNATURE, ("Sign in", f"{site}/"))


def notice(to: str, subject: str, said: str, site: str) -> Letter:
    """Something about the security of the account changed."""
    closing = "If this was not you, choose a new password now.\n\nMarquee"
    return _letter(to, subject, said, closing, ("Look at your account", f"{site}/account"))


def _letter(to: str, subject: str, said: str, closing: str, offer: tuple[str, str]) -> Letter:
    name, url = offer
    text = f"{said}\n\n{name}: {url}\n\n{closing}\n"
    closed = "<br>".join(escape(line) for line in closing.split("\n"))
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(subject)}</title>'
        f'<p>{escape(said)}</p><p><a href="{escape(url)}">{escape(name)}</a></p><p>{closed}</p></html>\n'
    )
    return Letter(to, f"Marquee: {subject}", text, html)
