"""Jobs, steps and their timeline."""

from alembic import op

from apps.kit.migrations import CHASSIS_0001

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(CHASSIS_0001)
    op.execute("""
CREATE TABLE jobs (
  id uuid PRIMARY KEY, video_id uuid NOT NULL, owner_id uuid NOT NULL,
  asset_id uuid UNIQUE NOT NULL, asset_version integer NOT NULL, source jsonb NOT NULL,
  keys jsonb NOT NULL, state text NOT NULL, created_at timestamptz NOT NULL,
  revision integer NOT NULL, media jsonb, package jsonb, code text, reason text,
  finished_at timestamptz);
CREATE INDEX jobs_video ON jobs (video_id, id DESC);
CREATE TABLE steps (
  id uuid PRIMARY KEY, job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE, name text NOT NULL,
  kind text NOT NULL, state text NOT NULL, needs text[] NOT NULL, parameters jsonb NOT NULL,
  attempt integer NOT NULL, worker text, lease_until timestamptz, not_before timestamptz,
  started_at timestamptz, finished_at timestamptz, cpu_seconds double precision, bytes bigint,
  output jsonb, code text, reason text, priority integer NOT NULL, UNIQUE (job_id, name));
CREATE INDEX steps_queue ON steps (priority, id) WHERE state IN ('ready', 'running');
CREATE TABLE timeline (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE, at timestamptz NOT NULL,
  step text NOT NULL, event text NOT NULL, attempt integer NOT NULL, worker text,
  seconds double precision, cpu_seconds double precision, bytes bigint, code text, reason text);
CREATE INDEX timeline_job ON timeline (job_id, number);
CREATE TABLE tombstones (video_id uuid PRIMARY KEY);
""")
