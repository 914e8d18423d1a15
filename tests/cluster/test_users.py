"""Database users come and go every few seconds, and no request notices."""

import json
import time

import pytest

from tests.cluster.stage import ClusterStage, Load

pytestmark = pytest.mark.cluster

SECONDS = 75
_WHO = "import os; print(open(os.environ['MARQUEE_DATABASE_URL_FILE']).read().split('/')[2].split(':')[0])"


def test_users_are_replaced_under_load_without_an_error(stage: ClusterStage) -> None:
    role = stage.shell.json("bao", "read", "-format=json", "database/roles/catalog")["data"]
    usual = {
        "db_name": "postgres",
        "creation_statements": role["creation_statements"],
        "revocation_statements": role["revocation_statements"],
    }

    def live(ttl: str, most: str) -> None:
        told = json.dumps({**usual, "default_ttl": ttl, "max_ttl": most})
        stage.shell.run("bao", "write", "database/roles/catalog", "-", stdin=told)
        stage.cluster.rollout.deploy("catalog")
        assert stage.until(stage.answers)

    live("10s", "20s")
    try:
        users = set()
        with Load(stage) as load:
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                users.add(stage.inside("catalog", _WHO))
                time.sleep(1)
    finally:
        live("1h", "24h")
    load.check_nothing_lost()
    assert len(users) >= 3, users
    # Ending a user ends its connections, and one statement may be under way at each such moment.
    assert load.statuses[503] <= len(users) - 1, load.statuses
