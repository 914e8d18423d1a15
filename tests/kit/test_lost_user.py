"""A short-lived database user ends, and the pool goes on with its successor."""

import psycopg
import sqlalchemy as sa

from apps.kit.database import Database
from scripts.local.places import Places
from scripts.local.secret_files import admin_url, make_secrets


def test_a_connection_whose_user_was_dropped_is_not_used_again(postgres: Places) -> None:
    url = admin_url(postgres, make_secrets(postgres))
    server = url.partition("@")[2]
    users = iter(("brief1", "brief2"))
    database = Database(lambda: f"postgresql://{next(users)}:x@{server}", "catalog", connections=1)
    with psycopg.connect(url, autocommit=True) as admin:
        for user in ("brief1", "brief2"):
            admin.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'x' IN ROLE catalog_owner")
        with database.begin() as connection:
            connection.execute(sa.text("SELECT count(*) FROM titles"))
        # Its connection is not ended: as if it was made in the very moment of the drop.
        admin.execute("DROP ROLE brief1")
        with database.begin() as connection:
            connection.execute(sa.text("SELECT count(*) FROM titles"))
            assert connection.execute(sa.text("SELECT current_user")).scalar_one() == "brief2"
        database.close()
        admin.execute("DROP ROLE brief2")
