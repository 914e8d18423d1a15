"""When each fact was taken."""

from alembic import op

from apps.kit.migrations import CHASSIS_0002

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    op.execute(CHASSIS_0002)
