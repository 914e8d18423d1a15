"""Signing keys that were denied."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE signing_keys ADD denied_at timestamptz")
