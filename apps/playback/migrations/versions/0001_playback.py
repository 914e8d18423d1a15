"""Assets, entitlements and sessions."""

from alembic import op

from apps.kit.migrations import CHASSIS_0001

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(CHASSIS_0001)
    op.execute("""
CREATE TABLE assets (
  video_id uuid PRIMARY KEY, package jsonb, media_sequence bigint NOT NULL,
  published boolean NOT NULL, published_sequence bigint NOT NULL, min_age integer NOT NULL,
  countries text[] NOT NULL, described_sequence bigint NOT NULL, deleted boolean NOT NULL);
CREATE TABLE entitlements (user_id uuid PRIMARY KEY, plan text NOT NULL, source text NOT NULL);
CREATE TABLE sessions (
  id uuid PRIMARY KEY, user_id uuid NOT NULL, video_id uuid NOT NULL, package jsonb NOT NULL,
  plan text NOT NULL, device text NOT NULL, started_at timestamptz NOT NULL,
  position_seconds double precision NOT NULL, heartbeats integer NOT NULL, ended_at timestamptz);
CREATE INDEX sessions_video ON sessions (video_id) WHERE ended_at IS NULL;
""")
