"""Places for workers that a scheduler runs."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.execute("CREATE TABLE places (number integer PRIMARY KEY, token uuid, worker text)")
