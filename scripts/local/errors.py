"""What can keep the platform from starting; each says the way out."""


class LauncherError(Exception):
    """Something is missing or in the way; the message says what to do."""
