"""Publishing finished videos as titles, finding them, and keeping the index in step."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from apps.catalog.domain import Card, Hit, Playable, Query, Results, Title, TitleId
from apps.catalog.ports import OpenWork, SearchIndex
from apps.contracts.catalog import TitlePublished, TitleWithdrawn
from apps.contracts.transcoding import (
    Package,
    TranscodingCompleted,
    TranscodingFailed,
    TranscodingPlayable,
)
from apps.contracts.videos import (
    Metadata,
    MetadataChanged,
    VideoCreated,
    VideoDeleted,
    VideoPublished,
    VideoUnpublished,
)
from apps.kit.pages import Page, cut, decode

log = logging.getLogger(__name__)

BATCH = 500


class Catalog:
    """What viewers can find."""

    def __init__(
        self, open_work: OpenWork, index: SearchIndex, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._open_work = open_work
        self._index = index
        self._wake = wake

    def describe(self, fact: VideoCreated | MetadataChanged) -> None:
        """A studio says what a video is."""
        self._change(
            TitleId(fact.video_id), lambda title: title.described(fact.metadata, fact.sequence)
        )

    def publish(self, fact: VideoPublished) -> None:
        """A studio shows a video."""
        self._change(TitleId(fact.video_id), lambda title: title.publication(True, fact.sequence))

    def unpublish(self, fact: VideoUnpublished) -> None:
        """A studio takes a video back."""
        self._change(TitleId(fact.video_id), lambda title: title.publication(False, fact.sequence))

    def delete(self, fact: VideoDeleted) -> None:
        """A video is gone for good."""
        self._change(TitleId(fact.video_id), Title.gone)

    def package(self, fact: TranscodingPlayable | TranscodingCompleted) -> None:
        """A video can be played, or better than before."""
        playable = _playable(fact.package)
        self._change(TitleId(fact.video_id), lambda title: title.media(playable, fact.sequence))

    def reject(self, fact: TranscodingFailed) -> None:
        """A master came to nothing; what an earlier master made still plays."""
        older = fact.asset_version > 1
        self._change(
            TitleId(fact.video_id),
            lambda title: title if older else title.media(None, fact.sequence),
        )

    def seed(self, coming: Sequence[tuple[TitleId, Metadata]]) -> int:
        """Show titles without media, marked as coming; how many were new."""
        new = 0
        with self._open_work() as work:
            for title_id, metadata in coming:
                title = work.titles.lock(title_id)
                if title.version == 0:
                    shown = title.described(metadata, 1).publication(True, 1)
                    work.titles.save(replace(shown, coming=True))
                    new += 1
        self._wake()
        return new

    def title(self, title_id: TitleId, max_age: int | None) -> Title:
        """A visible title, rated for at most this age; opens without the search index."""
        with self._open_work() as work:
            return work.titles.get(title_id, max_age)

    def titles(self, cursor: str | None, limit: int, max_age: int | None) -> Page[Title]:
        """Visible titles, rated for at most this age, newest first."""
        with self._open_work() as work:
            rows = work.titles.visible(decode(cursor), limit + 1, max_age)
        return cut(rows, limit, lambda title: str(title.id))

    def search(self, query: Query) -> Results[Hit]:
        """Titles that match; SearchAwayError when the index does not answer."""
        return self._index.search(query)

    def suggest(self, prefix: str, limit: int, max_age: int | None) -> Sequence[Card]:
        """Titles that begin like this, rated for at most this age."""
        return self._index.suggest(prefix, limit, max_age)

    def related(self, title_id: TitleId, limit: int, max_age: int | None) -> Sequence[Card]:
        """Titles like this one, never itself."""
        self.title(title_id, max_age)
        return self._index.related(title_id, limit, max_age)

    def index_batch(self) -> int:
        """Bring the index up to the titles that changed; how many there were."""
        with self._open_work() as work:
            if not work.only_indexer():
                return 0
            titles = work.titles.unindexed(BATCH)
            if titles:
                self._index.write(titles)
                work.titles.indexed(titles)
        return len(titles)

    def reindex(self, hold_indexer: Callable[[], object]) -> int:
        """A new collection from all titles, then the swap; searches go on all the while.

        `hold_indexer` keeps the indexer out until the process ends: what changes meanwhile is
        still unindexed, and follows after the swap.
        """
        hold_indexer()
        collection, count = self._index.begin_collection(), 0
        with self._open_work() as work:
            for batch in work.titles.all_visible():
                self._index.fill(collection, batch)
                work.titles.indexed(batch)
                count += len(batch)
                log.info("reindexing", extra={"titles": count})
            self._index.swap(collection)
        return count

    def _change(self, title_id: TitleId, change: Callable[[Title], Title]) -> None:
        with self._open_work() as work:
            before = work.titles.lock(title_id)
            after = change(before)
            if after == before:
                return
            work.titles.save(after)
            if after.visible and after.playable and after.metadata:
                work.announce(
                    TitlePublished(
                        sequence=after.version,
                        title_id=title_id,
                        metadata=after.metadata,
                        duration_seconds=after.playable.duration_seconds,
                        poster=after.playable.poster,
                    )
                )
            elif before.visible and not after.visible:
                work.announce(TitleWithdrawn(sequence=after.version, title_id=title_id))
        self._wake()


def _playable(package: Package) -> Playable:
    return Playable(
        duration_seconds=package.duration_seconds,
        poster=package.poster,
        thumbnails=package.thumbnails,
        audio_languages=package.audio_languages,
        subtitle_languages=package.subtitle_languages,
        height=max((min(each.width, each.height) for each in package.renditions), default=0),
    )
