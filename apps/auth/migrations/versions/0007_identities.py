"""Accounts elsewhere."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables."""
    op.execute("""
CREATE TABLE identities (
  issuer text, subject text, user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  provider text NOT NULL, created_at timestamptz NOT NULL, PRIMARY KEY (issuer, subject));
CREATE INDEX identities_user ON identities (user_id);
CREATE TABLE flows (
  digest text PRIMARY KEY, provider text NOT NULL, binding_digest text NOT NULL,
  wrapped_verifier text NOT NULL, nonce text NOT NULL,
  user_id uuid REFERENCES users ON DELETE CASCADE, expires_at timestamptz NOT NULL);
CREATE INDEX flows_old ON flows (expires_at);
""")
