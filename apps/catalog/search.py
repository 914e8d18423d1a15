"""Typesense behind the port: one alias, a collection per reindex, and queries without injection."""

import html
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import typesense
from typesense.exceptions import ObjectNotFound, TypesenseClientError

from apps.catalog.domain import (
    Card,
    Facet,
    Hit,
    Query,
    Results,
    SearchAwayError,
    Title,
    TitleId,
    TitleNotFoundError,
)
from apps.catalog.vectors import DIMENSIONS, vector

log = logging.getLogger(__name__)

ALIAS = "titles"
SEARCH_SECONDS = 2.0
IMPORT_SECONDS = 60.0
_OPEN, _CLOSE = "\u0002", "\u0003"
_SHOWN = "id,title,year,genres,poster,duration_seconds,coming"
_SORTS = {
    "relevance": "_text_match:desc,coming:asc,year:desc",
    "newest": "year:desc",
    "oldest": "year:asc",
    "title": "sort_title:asc",
}
_FIELDS: list[dict[str, Any]] = [
    {"name": "title", "type": "string"},
    {"name": "sort_title", "type": "string", "sort": True},
    {"name": "description", "type": "string"},
    {"name": "genres", "type": "string[]", "facet": True},
    {"name": "languages", "type": "string[]", "facet": True},
    {"name": "countries", "type": "string[]"},
    {"name": "cast", "type": "string[]"},
    {"name": "directors", "type": "string[]"},
    {"name": "year", "type": "int32", "facet": True},
    {"name": "min_age", "type": "int32"},
    {"name": "coming", "type": "int32"},
    {"name": "duration_seconds", "type": "float", "index": False, "optional": True},
    {"name": "poster", "type": "string", "index": False, "optional": True},
    {"name": "vec", "type": "float[]", "num_dim": DIMENSIONS},
]

P = ParamSpec("P")
R = TypeVar("R")


def _answers(
    method: Callable[Concatenate["TypesenseIndex", P], R],
) -> Callable[Concatenate["TypesenseIndex", P], R]:
    """Turn an engine that does not answer, or is still loading, into SearchAwayError."""

    def guarded(self: "TypesenseIndex", /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except (TypesenseClientError, httpx.HTTPError) as error:
            log.warning("search engine failed", extra={"error": str(error)[:300]})
            raise SearchAwayError("the search index does not answer") from error

    return guarded


class TypesenseIndex:
    """The search index in Typesense 0.24 or newer."""

    def __init__(self, url: str, api_key: str, *, alias: str = ALIAS) -> None:
        self._alias = alias
        self._quick = _client(url, api_key, SEARCH_SECONDS)
        self._patient = _client(url, api_key, IMPORT_SECONDS)

    @_answers
    def write(self, titles: Sequence[Title]) -> None:
        """Bring the live collection up to these titles; invisible ones leave it."""
        live = self._live()
        self._import(live, [title for title in titles if title.visible])
        for title in titles:
            if not title.visible:
                try:
                    self._patient.collections[live].documents[str(title.id)].delete()
                except ObjectNotFound:
                    continue

    @_answers
    def search(self, query: Query) -> Results[Hit]:
        """Titles that match, with typos forgiven, and facets."""
        asked: dict[str, Any] = {
            "q": query.text or "*",
            "query_by": "title,cast,directors,genres,description",
            "query_by_weights": "8,4,4,2,1",
            "filter_by": filters(query),
            "facet_by": "genres,languages,year",
            "max_facet_values": 20,
            "sort_by": _SORTS[query.sort],
            "page": query.page,
            "per_page": query.limit,
            "include_fields": _SHOWN,
            "highlight_fields": "title,cast,directors,description",
            "highlight_start_tag": _OPEN,
            "highlight_end_tag": _CLOSE,
            "num_typos": 2,
        }
        found = self._search_or_nothing(asked)
        hits = [Hit(_card(hit["document"]), _highlights(hit)) for hit in found["hits"]]
        facets = [
            Facet(each["field_name"], str(count["value"]), count["count"])
            for each in found.get("facet_counts", ())
            for count in each["counts"]
        ]
        return Results(hits, found["found"], facets)

    @_answers
    def suggest(self, prefix: str, limit: int, max_age: int | None) -> Sequence[Card]:
        """Titles with words that begin like this, rated for at most this age."""
        asked = {
            "q": prefix,
            "query_by": "title",
            "filter_by": " && ".join(_age(max_age)),
            "per_page": limit,
            "include_fields": _SHOWN,
        }
        return [_card(hit["document"]) for hit in self._search_or_nothing(asked)["hits"]]

    @_answers
    def related(self, title_id: TitleId, limit: int, max_age: int | None) -> Sequence[Card]:
        """Nearest vectors, never the title itself."""
        asked = {
            "q": "*",
            "vector_query": f"vec:([], id: {title_id}, k: {limit + 1})",
            "filter_by": " && ".join(_age(max_age)),
            "per_page": limit + 1,
            "include_fields": _SHOWN,
        }
        try:
            cards = [_card(hit["document"]) for hit in self._search(asked)["hits"]]
        except TypesenseClientError as error:
            if "not found" in str(error).lower():
                raise TitleNotFoundError(f"title {title_id} is not indexed yet") from error
            raise
        # 0.24 leaves the title itself out, but does not promise it.
        return [card for card in cards if card.id != title_id][:limit]

    @_answers
    def begin_collection(self) -> str:
        """Make an empty collection beside the live one."""
        name = f"{self._alias}_{time.time_ns()}"
        self._patient.collections.create({"name": name, "fields": _FIELDS})
        return name

    @_answers
    def fill(self, collection: str, titles: Sequence[Title]) -> None:
        """Write titles into a collection."""
        self._import(collection, titles)

    @_answers
    def swap(self, collection: str) -> None:
        """Point the alias at a collection, then remove the others."""
        self._patient.aliases.upsert(self._alias, {"collection_name": collection})
        for each in self._patient.collections.retrieve():
            if each["name"].startswith(f"{self._alias}_") and each["name"] != collection:
                self._patient.collections[each["name"]].delete()

    def check(self) -> None:
        """Raise unless the engine answers."""
        self._search({"q": "*", "query_by": "title", "per_page": 1})

    def close(self) -> None:
        """Give the connections back."""
        for client in (self._quick, self._patient):
            client.api_call.close()

    def _search(self, asked: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._quick.collections[self._alias].documents.search(asked)
        return found

    def _search_or_nothing(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A platform without any title has no collection yet."""
        try:
            return self._search(asked)
        except ObjectNotFound:
            return {"hits": [], "found": 0}

    def _live(self) -> str:
        try:
            return str(self._patient.aliases[self._alias].retrieve()["collection_name"])
        except ObjectNotFound:
            name = f"{self._alias}_{time.time_ns()}"
            self._patient.collections.create({"name": name, "fields": _FIELDS})
            self._patient.aliases.upsert(self._alias, {"collection_name": name})
            return name

    def _import(self, collection: str, titles: Sequence[Title]) -> None:
        if not titles:
            return
        documents = [_document(title) for title in titles]
        imported = self._patient.collections[collection].documents.import_(
            documents, {"action": "upsert"}
        )
        failed = [each for each in imported if not each.get("success")]
        if failed:
            raise SearchAwayError(f"{len(failed)} titles could not be indexed: {failed[0]}")


def filters(query: Query) -> str:
    """Typesense's filter language, from validated values in backticks only."""
    parts = []
    for name, values in (("genres", query.genres), ("languages", query.languages)):
        parts += [f"{name}:=`{_plain(value)}`" for value in values]
    if query.year_from is not None:
        parts.append(f"year:>={query.year_from}")
    if query.year_to is not None:
        parts.append(f"year:<={query.year_to}")
    if query.country is not None:
        parts.append(f"countries:=[`*`,`{_plain(query.country)}`]")
    if query.playable_only:
        parts.append("coming:=0")
    return " && ".join([*parts, *_age(query.max_age)])


def _age(max_age: int | None) -> list[str]:
    return [] if max_age is None else [f"min_age:<={max_age}"]


def _plain(value: str) -> str:
    return value.replace("`", "").replace("\\", "")


def _document(title: Title) -> dict[str, Any]:
    said = title.metadata
    assert said is not None
    document: dict[str, Any] = {
        "id": str(title.id),
        "title": said.title,
        "sort_title": said.title.casefold(),
        "description": said.description,
        "genres": list(said.genres),
        "languages": list(said.languages),
        "countries": list(said.countries) or ["*"],
        "cast": list(said.cast),
        "directors": list(said.directors),
        "year": said.year or 0,
        "min_age": said.min_age,
        "coming": 0 if title.playable else 1,
        "vec": vector(said),
    }
    if title.playable is not None:
        document["duration_seconds"] = title.playable.duration_seconds
        document["poster"] = title.playable.poster or ""
    return document


def _card(document: dict[str, Any]) -> Card:
    return Card(
        id=TitleId(UUID(document["id"])),
        title=document["title"],
        year=document.get("year") or None,
        genres=document.get("genres", []),
        poster=document.get("poster") or None,
        duration_seconds=document.get("duration_seconds"),
        coming=bool(document.get("coming")),
    )


def _highlights(hit: dict[str, Any]) -> dict[str, str]:
    marked = {}
    for each in hit.get("highlights", ()):
        text = each.get("snippet") or "; ".join(each.get("snippets", ()))
        safe = html.escape(text).replace(_OPEN, "<mark>").replace(_CLOSE, "</mark>")
        marked[str(each["field"])] = safe
    return marked


def _client(url: str, api_key: str, seconds: float) -> Any:
    address = urlsplit(url)
    node = {"host": address.hostname, "port": str(address.port), "protocol": address.scheme}
    return typesense.Client(
        {
            "nodes": [node],
            "api_key": api_key,
            "connection_timeout_seconds": seconds,
            "num_retries": 0,
        }
    )
