"""Auth owns users, credentials, sessions and signing keys."""
