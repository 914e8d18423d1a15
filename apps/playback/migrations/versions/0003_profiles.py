"""Which profile of a household watches."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Sessions from before have none: their household's first."""
    op.execute("ALTER TABLE sessions ADD profile_id uuid")
