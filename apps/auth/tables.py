"""Auth's tables."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

_meta = sa.MetaData()
_moment = sa.DateTime(timezone=True)
users = sa.Table(
    "users",
    _meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("email", sa.Text, unique=True, nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("email_verified_at", _moment),
    sa.Column("password_changed_at", _moment),
)
sessions = sa.Table(
    "sessions",
    _meta,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("rotated_at", _moment, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("authenticated_at", _moment, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("ip_prefix", sa.Text, nullable=False),
    sa.Column("proofs", ARRAY(sa.Text), nullable=False),
    sa.Column("revoked_at", _moment),
    sa.Column("revoke_reason", sa.Text),
)
one_times = sa.Table(
    "one_times",
    _meta,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
)
letters = sa.Table(
    "letters",
    _meta,
    sa.Column("id", sa.BigInteger, primary_key=True),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("to", "subject", "text", "html")),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", _moment, nullable=False),
)
totps = sa.Table(
    "totps",
    _meta,
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("wrapped_seed", sa.Text, nullable=False),
    sa.Column("confirmed_at", _moment),
    sa.Column("last_step", sa.BigInteger, nullable=False),
)
recovery_codes = sa.Table(
    "recovery_codes",
    _meta,
    sa.Column("user_id", sa.Uuid, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
)
device_grants = sa.Table(
    "device_grants",
    _meta,
    sa.Column("digest", sa.Text, primary_key=True),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("user_code", "device", "address")),
    sa.Column("expires_at", _moment, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("user_id", sa.Uuid),
    sa.Column("polled_at", _moment),
    sa.Column("interval_seconds", sa.Integer, nullable=False),
)
passkeys = sa.Table(
    "passkeys",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("backed_up", sa.Boolean, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("last_used_at", _moment),
)
ceremonies = sa.Table(
    "ceremonies",
    _meta,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Uuid),
    sa.Column("expires_at", _moment, nullable=False),
)
identities = sa.Table(
    "identities",
    _meta,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
)
flows = sa.Table(
    "flows",
    _meta,
    sa.Column("digest", sa.Text, primary_key=True),
    *(
        sa.Column(name, sa.Text, nullable=False)
        for name in ("provider", "binding_digest", "wrapped_verifier", "nonce")
    ),
    sa.Column("user_id", sa.Uuid),
    sa.Column("expires_at", _moment, nullable=False),
)
trail = sa.Table(
    "trail",
    _meta,
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("at", _moment, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("detail", JSONB, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
signing_keys = sa.Table(
    "signing_keys",
    _meta,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("public_pem", sa.Text, nullable=False),
    sa.Column("wrapped_private", sa.Text, nullable=False),
    sa.Column("denied_at", _moment),
    sa.Column("created_at", _moment, nullable=False),
)
