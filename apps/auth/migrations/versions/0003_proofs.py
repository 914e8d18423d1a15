"""Verified addresses, one-time secrets, letters and the audit trail."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and tables."""
    op.execute("""
ALTER TABLE users ALTER password_hash DROP NOT NULL;
ALTER TABLE users ADD email_verified_at timestamptz, ADD password_changed_at timestamptz;
ALTER TABLE sessions ADD authenticated_at timestamptz NOT NULL DEFAULT now(), ADD ip_prefix text NOT NULL DEFAULT '',
  ADD proofs text[] NOT NULL DEFAULT '{pwd}';
UPDATE sessions SET authenticated_at = created_at;
CREATE TABLE one_times (
  digest text PRIMARY KEY, purpose text NOT NULL,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE, expires_at timestamptz NOT NULL);
CREATE INDEX one_times_user ON one_times (user_id);
CREATE TABLE letters (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, "to" text NOT NULL, subject text NOT NULL,
  text text NOT NULL, html text NOT NULL, attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL);
CREATE INDEX letters_due ON letters (due_at);
CREATE TABLE trail (
  number bigint PRIMARY KEY, at timestamptz NOT NULL, what text NOT NULL, user_id uuid NOT NULL,
  detail jsonb NOT NULL, before text NOT NULL, hash text NOT NULL);
CREATE INDEX trail_user ON trail (user_id, number);
CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$;
CREATE TRIGGER trail_append_only BEFORE UPDATE OR DELETE ON trail
  FOR EACH ROW EXECUTE FUNCTION trail_is_append_only();
""")
