"""A fact that never arrived is sent again; one that did, or died, or is still on its way, is not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from apps.contracts.videos import VideoDeleted
from apps.kit.database import Database
from apps.kit.inbox import SqlInbox
from apps.kit.outbox import announce, outbox
from scripts.local.places import Places
from scripts.local.reconcile import reconcile
from scripts.local.secret_files import admin_url, make_secrets

# Those that hear of a deleted video and have a store.
CONSUMERS = ("transcoding", "catalog", "playback")
Databases = dict[str, Database]


@pytest.fixture
def url(postgres: Places) -> str:
    return admin_url(postgres, make_secrets(postgres))


def sent(databases: Databases, *, created: float, published: float | None) -> str:
    """A fact that was made and published some seconds ago; its id."""
    now = datetime.now(UTC)
    when = {
        "created_at": now - timedelta(seconds=created),
        "published_at": None if published is None else now - timedelta(seconds=published),
    }
    with databases["videos"].begin() as connection:
        announce(connection, "videos", VideoDeleted(sequence=1, video_id=uuid4(), asset_ids=()))
        newest = sa.select(sa.func.max(sa.cast(outbox.c.id, sa.Text)))
        event_id = str(connection.execute(newest).scalar_one())
        mark = sa.update(outbox).where(sa.cast(outbox.c.id, sa.Text) == event_id)
        connection.execute(mark.values(**when))
    return event_id


def waiting(databases: Databases) -> list[Any]:
    with databases["videos"].begin() as connection:
        query = sa.select(outbox.c.id).where(outbox.c.published_at.is_(None))
        return [str(found) for found in connection.execute(query).scalars()]


def taken_by(databases: Databases, event_id: str, *consumers: str) -> None:
    for consumer in consumers:
        SqlInbox(databases[consumer]).taken(event_id, "videos.deleted")


def test_what_one_consumer_never_took_is_sent_again(databases: Databases, url: str) -> None:
    lost = sent(databases, created=61, published=61)
    taken_by(databases, lost, *CONSUMERS[:-1])
    assert reconcile(url) == 1
    assert waiting(databases) == [lost]
    # It waits for the relay now: there is nothing to do until that has sent it.
    assert reconcile(url) == 0


def test_what_all_took_stays(databases: Databases, url: str) -> None:
    taken_by(databases, sent(databases, created=3600, published=3600), *CONSUMERS)
    assert reconcile(url) == 0


def test_a_failed_attempt_is_not_an_arrival_but_a_burial_is(databases: Databases, url: str) -> None:
    event = sent(databases, created=3600, published=3600)
    taken_by(databases, event, *CONSUMERS[:-1])
    inbox = SqlInbox(databases[CONSUMERS[-1]])
    inbox.failed(event, "videos.deleted")
    assert reconcile(url) == 1
    with databases["videos"].begin() as connection:
        early = datetime.now(UTC) - timedelta(seconds=2400)
        connection.execute(sa.update(outbox).values(published_at=early))
    inbox.bury(event, "videos.deleted", {}, "broken")
    assert reconcile(url) == 0


def test_each_time_it_waits_twice_as_long(databases: Databases, url: str) -> None:
    for created, published, due in ((50, 50, 0), (200, 90, 0), (200, 101, 1), (8000, 3900, 0)):
        with databases["videos"].begin() as connection:
            connection.execute(sa.delete(outbox))
        sent(databases, created=created, published=published)
        assert reconcile(url) == due, (created, published)
