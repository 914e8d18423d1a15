"""Second factors."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables."""
    op.execute("""
CREATE TABLE totps (
  user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE, wrapped_seed text NOT NULL,
  confirmed_at timestamptz, last_step bigint NOT NULL);
CREATE TABLE recovery_codes (
  user_id uuid REFERENCES users ON DELETE CASCADE, digest text, PRIMARY KEY (user_id, digest));
""")
