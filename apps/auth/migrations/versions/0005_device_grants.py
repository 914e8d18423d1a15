"""Televisions that wait to be let in."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table."""
    op.execute("""
CREATE TABLE device_grants (
  digest text PRIMARY KEY, user_code text UNIQUE NOT NULL, device text NOT NULL,
  address text NOT NULL, expires_at timestamptz NOT NULL, state text NOT NULL,
  user_id uuid REFERENCES users ON DELETE CASCADE, polled_at timestamptz,
  interval_seconds integer NOT NULL);
CREATE INDEX device_grants_old ON device_grants (expires_at);
""")
