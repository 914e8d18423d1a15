"""Passwords that attackers try first."""

from zxcvbn.frequency_lists import FREQUENCY_LISTS


class CommonPasswords:
    """The 30,000 passwords that zxcvbn knows from breaches (ASVS 5.0, 6.2.4)."""

    def __init__(self) -> None:
        self._known = frozenset(FREQUENCY_LISTS["passwords"])

    def contains(self, password: str) -> bool:
        """Whether it is one of them, in any case."""
        return password.casefold() in self._known
