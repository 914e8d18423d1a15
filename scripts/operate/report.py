"""What an operator should know: facts that died, and facts that wait for too long."""

import os
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from apps.kit.migrations import services_with_schema

LATE = "5 minutes"
_DEAD = "SELECT event_id, topic, left(reason, 120) FROM {}.dead_letters WHERE replayed_at IS NULL"
_LATE = (
    "SELECT id, topic, now() - created_at FROM {}.outbox WHERE published_at IS NULL"
    " AND created_at < now() - CAST(%s AS interval)"
)


def main() -> int:
    """A line for each dead letter and each late fact of every service; 1 if there are any."""
    url = Path(os.environ["MARQUEE_DATABASE_URL_FILE"]).read_text().strip()
    lines = []
    with psycopg.connect(url) as connection:
        for service in services_with_schema():
            schema = sql.Identifier(service)
            for row in connection.execute(sql.SQL(_DEAD).format(schema)):
                lines.append(f"{service} dead {' '.join(map(str, row))}")
            for row in connection.execute(sql.SQL(_LATE).format(schema), (LATE,)):
                lines.append(f"{service} late {' '.join(map(str, row))}")
    sys.stdout.write("\n".join([*lines, f"{len(lines)} facts need a look", ""]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
