"""A title's text as a vector: weighted words, hashed into a fixed number of signed places.

The hashing trick (Weinberger et al. 2009): nothing to train or download, and equal titles get equal
vectors in every process. Near vectors share genres, people and words.
"""

import hashlib
import math
import re
from collections.abc import Iterator

from apps.contracts.videos import Metadata

DIMENSIONS = 256
_WORD = re.compile(r"[^\W_]{2,}")
_COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "der",
        "die",
        "das",
        "le",
        "la",
        "les",
    ]
)
# A shared director says more than a shared genre, a shared word least.
_WEIGHTS = {"director": 3.0, "title": 2.5, "cast": 2.0, "genre": 1.6, "decade": 0.8, "word": 0.5}


def vector(metadata: Metadata) -> list[float]:
    """A unit vector of DIMENSIONS numbers."""
    places = [0.0] * DIMENSIONS
    for kind, word in _features(metadata):
        digest = hashlib.blake2b(f"{kind}:{word}".encode(), digest_size=8).digest()
        place = int.from_bytes(digest[:4], "big") % DIMENSIONS
        places[place] += _WEIGHTS[kind] * (1 if digest[4] & 1 else -1)
    length = math.sqrt(sum(value * value for value in places)) or 1.0
    return [round(value / length, 5) for value in places]


def _features(metadata: Metadata) -> Iterator[tuple[str, str]]:
    for kind, names in (
        ("genre", metadata.genres),
        ("director", metadata.directors),
        ("cast", metadata.cast[:10]),
    ):
        for name in names:
            yield kind, name.casefold()
    if metadata.year is not None:
        yield "decade", str(metadata.year // 10)
    for kind, text in (("title", metadata.title), ("word", metadata.description)):
        for word in set(_WORD.findall(text.casefold())) - _COMMON:
            yield kind, word
