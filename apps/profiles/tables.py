"""Profiles' tables, as its migrations make them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

meta = sa.MetaData()
_moment = sa.DateTime(timezone=True)

households = sa.Table(
    "households",
    meta,
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("plan", sa.Text),
    sa.Column("version", sa.BigInteger),
    sa.Column("deleted", sa.Boolean),
    sa.Column("profiles", JSONB),
)
choices = sa.Table(
    "choices",
    meta,
    sa.Column("session_id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid),
    sa.Column("profile_id", sa.Uuid),
)
titles = sa.Table(
    "titles",
    meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("min_age", sa.Integer),
    sa.Column("duration_seconds", sa.Float),
    sa.Column("poster", sa.Text),
    sa.Column("shown", sa.Boolean),
    sa.Column("sequence", sa.BigInteger),
)
watchlists = sa.Table(
    "watchlists",
    meta,
    sa.Column("profile_id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid),
    sa.Column("titles", ARRAY(sa.Uuid)),
    sa.Column("sequence", sa.BigInteger),
)
positions = sa.Table(
    "positions",
    meta,
    sa.Column("profile_id", sa.Uuid, primary_key=True),
    sa.Column("title_id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid),
    sa.Column("seconds", sa.Float),
    sa.Column("at", _moment),
    sa.Column("removed", sa.Boolean),
    sa.Column("hidden_at", _moment),
)
opinions = sa.Table(
    "opinions",
    meta,
    sa.Column("profile_id", sa.Uuid, primary_key=True),
    sa.Column("title_id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid),
    sa.Column("stars", sa.Integer),
    sa.Column("thumb", sa.Text),
    sa.Column("not_for_me", sa.Boolean),
    sa.Column("sequence", sa.BigInteger),
)
reviews = sa.Table(
    "reviews",
    meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid),
    sa.Column("profile_id", sa.Uuid),
    sa.Column("title_id", sa.Uuid),
    sa.Column("text", sa.Text),
    sa.Column("spoiler", sa.Boolean),
    sa.Column("written_at", _moment),
    sa.Column("edited_at", _moment),
    sa.Column("state", sa.Text),
    sa.Column("reports", sa.Integer),
    sa.Column("sequence", sa.BigInteger),
)
reports = sa.Table(
    "reports",
    meta,
    sa.Column("review_id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("reason", sa.Text),
)
