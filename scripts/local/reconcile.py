"""Facts that the broker took and lost are sent again."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import yaml
from psycopg import sql

from apps.kit.migrations import services_with_schema
from scripts.local.places import ROOT

# Due a minute after it was sent, and then after twice as long each time: a consumer that is away for
# hours finds a few copies of a fact when it comes back, not hundreds.
_AGAIN = """
UPDATE {publisher}.outbox AS sent SET published_at = NULL
WHERE topic = %s AND published_at < now() - greatest('60 s', published_at - created_at)
AND NOT EXISTS (SELECT FROM {consumer}.inbox
                WHERE event_id = sent.id::text AND taken_at IS NOT NULL)
AND NOT EXISTS (SELECT FROM {consumer}.dead_letters WHERE event_id = sent.id::text)
"""


def main() -> int:
    """Send again what a consumer should have heard by now, and has not."""
    url = Path(os.environ["MARQUEE_DATABASE_URL_FILE"]).read_text().strip()
    sys.stdout.write(f"{reconcile(url)} facts are sent again\n")
    return 0


def reconcile(admin_url: str) -> int:
    """Hand facts that a consumer has neither taken nor buried back to their publisher's relay; how many.

    Those who did take it hear it twice, which changes nothing. Services without a store are not asked.
    """
    again = 0
    with psycopg.connect(admin_url) as connection:
        for publisher, topic, consumer in _ways():
            names = {"publisher": sql.Identifier(publisher), "consumer": sql.Identifier(consumer)}
            again += connection.execute(sql.SQL(_AGAIN).format(**names), (topic,)).rowcount
        for publisher in services_with_schema():
            connection.execute("SELECT pg_notify(%s, '')", (f"outbox_{publisher}",))
    return again


def _ways() -> Iterator[tuple[str, str, str]]:
    """Publisher, topic and consumer of every fact, as the broker's component scopes them."""
    with_store = set(services_with_schema())
    for document in yaml.safe_load_all(
        (ROOT / "components/cluster/resources/pubsub.yaml").read_text()
    ):
        known = {each["name"]: each.get("value", "") for each in document["spec"]["metadata"]}
        for part in known["subscriptionScopes"].split(";"):
            consumer, _, topics = part.partition("=")
            for topic in topics.split(","):
                publisher = topic.partition(".")[0]
                if {publisher, consumer} <= with_store and publisher != consumer:
                    yield publisher, topic, consumer


if __name__ == "__main__":
    sys.exit(main())
