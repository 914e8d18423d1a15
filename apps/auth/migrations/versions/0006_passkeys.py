"""Passkeys, and the challenges that are out."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the tables."""
    op.execute("""
CREATE TABLE passkeys (
  id text PRIMARY KEY, user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  public_key bytea NOT NULL, sign_count bigint NOT NULL, backed_up boolean NOT NULL,
  name text NOT NULL, created_at timestamptz NOT NULL, last_used_at timestamptz);
CREATE INDEX passkeys_user ON passkeys (user_id);
CREATE TABLE ceremonies (
  digest text PRIMARY KEY, user_id uuid REFERENCES users ON DELETE CASCADE,
  expires_at timestamptz NOT NULL);
CREATE INDEX ceremonies_old ON ceremonies (expires_at);
""")
