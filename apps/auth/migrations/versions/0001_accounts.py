"""Accounts, sessions and signing keys."""

from alembic import op

from apps.kit.migrations import CHASSIS_0001

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(CHASSIS_0001)
    op.execute("""
CREATE TABLE users (
  id uuid PRIMARY KEY, email text UNIQUE NOT NULL, password_hash text NOT NULL,
  roles text[] NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE sessions (
  id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  generation bigint NOT NULL, rotated_at timestamptz NOT NULL, created_at timestamptz NOT NULL,
  device text NOT NULL, revoked_at timestamptz, revoke_reason text);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE TABLE signing_keys (
  key_id text PRIMARY KEY, public_pem text NOT NULL, wrapped_private text NOT NULL,
  created_at timestamptz NOT NULL);
""")
