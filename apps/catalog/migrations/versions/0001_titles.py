"""Titles."""

from alembic import op

from apps.kit.migrations import CHASSIS_0001

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(CHASSIS_0001)
    op.execute("""
CREATE TABLE titles (
  id uuid PRIMARY KEY, metadata jsonb, described_sequence bigint NOT NULL,
  published boolean NOT NULL, published_sequence bigint NOT NULL, playable jsonb,
  media_sequence bigint NOT NULL, coming boolean NOT NULL, deleted boolean NOT NULL,
  version bigint NOT NULL, indexed_version bigint NOT NULL);
CREATE INDEX titles_unindexed ON titles (id) WHERE indexed_version < version;
CREATE INDEX titles_visible ON titles (id DESC) WHERE published AND NOT deleted;
""")
