"""The films of `bokeh-sampledata` (Wikidata, CC0) as titles to come, for a realistic catalogue."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from apps.catalog.domain import TitleId
from apps.contracts.videos import Metadata, Rating

# The MPAA's ratings and the ages that they stand for.
_AGES = {"G": 0, "PG": 8, "PG-13": 13, "R": 17, "NC-17": 18}
_QUERY = 'SELECT imdbID, Title, Year, Genre, Director, "Cast", Language, Rating FROM omdb'


def films(database: Path) -> Iterator[tuple[TitleId, Metadata]]:
    """Each film's id, the same in every run, and its metadata."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for row in connection.execute(_QUERY):
            imdb_id, title, year, genre, director, cast, language, rating = row
            if title:
                yield (
                    TitleId(uuid5(NAMESPACE_URL, f"https://www.imdb.com/title/{imdb_id}")),
                    Metadata(
                        title=title[:300],
                        year=int(str(year)[:4]) if year else None,
                        genres=_listed(genre, 20),
                        directors=_listed(director, 20),
                        cast=_listed(cast, 100),
                        languages=_listed(language, 50),
                        ratings=_ratings(rating),
                    ),
                )


def batches(database: Path, size: int) -> Iterator[list[tuple[TitleId, Metadata]]]:
    """The films, `size` at a time."""
    rest = films(database)
    while batch := list(islice(rest, size)):
        yield batch


def _listed(text: str | None, most: int) -> tuple[str, ...]:
    parts = (part.strip() for part in (text or "").split(","))
    return tuple(part for part in parts if part and part != "N/A")[:most]


def _ratings(value: str | None) -> tuple[Rating, ...]:
    if value not in _AGES:
        return ()
    return (Rating(system="MPAA", value=value, min_age=_AGES[value]),)
