"""Videos and uploads."""

from alembic import op

from apps.kit.migrations import CHASSIS_0001

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(CHASSIS_0001)
    op.execute("""
CREATE TABLE videos (
  id uuid PRIMARY KEY, owner_id uuid NOT NULL, metadata jsonb NOT NULL, state text NOT NULL,
  published boolean NOT NULL, sequence bigint NOT NULL, created_at timestamptz NOT NULL,
  asset_id uuid, asset_version integer NOT NULL, code text, reason text,
  heard_sequence bigint NOT NULL);
CREATE INDEX videos_owner ON videos (owner_id, id DESC);
CREATE TABLE uploads (
  id uuid PRIMARY KEY, video_id uuid NOT NULL REFERENCES videos, owner_id uuid NOT NULL,
  asset_id uuid UNIQUE NOT NULL, key text NOT NULL, store_id text NOT NULL, plan jsonb NOT NULL,
  state text NOT NULL, created_at timestamptz NOT NULL);
CREATE INDEX uploads_video ON uploads (video_id);
CREATE INDEX uploads_open ON uploads (created_at) WHERE state = 'open';
""")
