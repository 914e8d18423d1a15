"""Households, the titles they know, and what they watch and think."""

from alembic import op

from apps.kit.migrations import CHASSIS_0001, CHASSIS_0002

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(CHASSIS_0001)
    op.execute(CHASSIS_0002)
    op.execute("""
CREATE TABLE households (
  user_id uuid PRIMARY KEY, plan text NOT NULL, version bigint NOT NULL,
  deleted boolean NOT NULL, profiles jsonb NOT NULL);
CREATE TABLE choices (session_id uuid PRIMARY KEY, user_id uuid NOT NULL, profile_id uuid NOT NULL);
CREATE INDEX choices_user ON choices (user_id);
CREATE TABLE titles (
  id uuid PRIMARY KEY, name text NOT NULL, kind text NOT NULL, min_age integer NOT NULL,
  duration_seconds double precision NOT NULL, poster text, shown boolean NOT NULL, sequence bigint NOT NULL);
CREATE TABLE watchlists (
  profile_id uuid PRIMARY KEY, user_id uuid NOT NULL, titles uuid[] NOT NULL, sequence bigint NOT NULL);
CREATE INDEX watchlists_user ON watchlists (user_id);
CREATE TABLE positions (
  profile_id uuid NOT NULL, title_id uuid NOT NULL, user_id uuid NOT NULL,
  seconds double precision NOT NULL, at timestamptz NOT NULL, removed boolean NOT NULL,
  hidden_at timestamptz, PRIMARY KEY (profile_id, title_id));
CREATE INDEX positions_newest ON positions (profile_id, at DESC, title_id DESC) WHERE NOT removed;
CREATE INDEX positions_user ON positions (user_id);
CREATE TABLE opinions (
  profile_id uuid NOT NULL, title_id uuid NOT NULL, user_id uuid NOT NULL,
  stars integer CHECK (stars BETWEEN 1 AND 5), thumb text CHECK (thumb IN ('up', 'down')),
  not_for_me boolean NOT NULL, sequence bigint NOT NULL, PRIMARY KEY (profile_id, title_id));
CREATE INDEX opinions_user ON opinions (user_id);
CREATE TABLE reviews (
  id uuid PRIMARY KEY, user_id uuid NOT NULL, profile_id uuid NOT NULL, title_id uuid NOT NULL,
  text text NOT NULL, spoiler boolean NOT NULL, written_at timestamptz NOT NULL,
  edited_at timestamptz, state text NOT NULL, reports integer NOT NULL, sequence bigint NOT NULL,
  UNIQUE (profile_id, title_id));
CREATE INDEX reviews_shown ON reviews (title_id, id DESC) WHERE state = 'shown';
CREATE INDEX reviews_waiting ON reviews (id DESC) WHERE reports > 0 OR state = 'held';
CREATE INDEX reviews_user ON reviews (user_id);
CREATE TABLE reports (
  review_id uuid NOT NULL REFERENCES reviews ON DELETE CASCADE, user_id uuid NOT NULL,
  reason text NOT NULL, PRIMARY KEY (review_id, user_id));
CREATE INDEX reports_user ON reports (user_id);
""")
