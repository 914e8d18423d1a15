"""Profiles' copy of the catalogue, kept by facts."""

from apps.contracts.catalog import TitlePublished, TitleWithdrawn
from apps.profiles.domain.title import KnownTitle, TitleId
from apps.profiles.ports import OpenWork


class Titles:
    """Hears what catalog shows."""

    def __init__(self, open_work: OpenWork) -> None:
        self._open_work = open_work

    def publish(self, fact: TitlePublished) -> None:
        """A title is shown, or described anew."""
        said = fact.metadata
        now = KnownTitle(
            id=TitleId(fact.title_id),
            name=said.title,
            kind=said.kind,
            min_age=said.min_age,
            duration_seconds=fact.duration_seconds,
            poster=fact.poster,
            sequence=fact.sequence,
        )
        with self._open_work() as work:
            work.titles.save(work.titles.lock(now.id).published(now))

    def withdraw(self, fact: TitleWithdrawn) -> None:
        """A title is shown no more; what was said about it waits for it to come back."""
        with self._open_work() as work:
            title = work.titles.lock(TitleId(fact.title_id))
            work.titles.save(title.withdrawn(fact.sequence))
