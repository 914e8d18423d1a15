"""Pages out of several services' answers: asked side by side, and shown without what is late."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.gateway.backends import Backends, Call
from apps.kit.errors import ServiceError
from apps.kit.identity import Caller

ROW = 20
# The home page's rows of new titles, beside those of the profile itself.
GENRES = ("Drama", "Comedy", "Action", "Animation", "Documentary")


@dataclass(frozen=True)
class Part:
    """One answer that a page is made of, and how an item of its list becomes a card."""

    service: str
    target: str
    card: Callable[[dict[str, Any]], dict[str, Any]] = lambda item: item


class Pages:
    """What a screen needs in one answer; `seconds` is what it waits for parts that it can do without."""

    def __init__(self, backends: Backends, seconds: float) -> None:
        self._backends = backends
        self._seconds = seconds

    async def title(self, title_id: UUID, caller: Caller | None) -> dict[str, Any]:
        """A title, its neighbours, its reviews, and what the profile knows of it.

        Raises NotFoundError without the title itself; everything else may be missing.
        """
        own = _own(caller)
        parts = {
            "related": Part("catalog", f"/videos/{title_id}/related"),
            "reviews": Part("profiles", f"/titles/{title_id}/reviews?limit=5"),
        }
        if own is not None:
            parts["position"] = Part("profiles", f"{own}/positions/{title_id}")
        asked = asyncio.create_task(self._parts(parts, caller))
        try:
            title = await self._backends.json(Call("catalog", "GET", f"/titles/{title_id}", caller))
        except ServiceError:
            asked.cancel()
            raise
        found, missing = await asked
        return {
            "title": title,
            "related": _items(found, "related"),
            "reviews": _items(found, "reviews"),
            "position": found.get("position"),
            "missing": missing,
        }

    async def home(self, caller: Caller) -> dict[str, Any]:
        """Rows of titles: what to go on with, the watchlist, what is new, and some genres."""
        parts = {"new": Part("catalog", f"/titles?limit={ROW}", _new)}
        for genre in GENRES:
            target = f"/search?genre={genre}&sort=newest&playable=true&limit={ROW}"
            parts[genre.lower()] = Part("catalog", target, _found)
        own = _own(caller)
        if own is not None:
            watched = Part("profiles", f"{own}/continue-watching?limit={ROW}", _listed)
            listed = Part("profiles", f"{own}/watchlist?limit={ROW}", _listed)
            parts = {"continue-watching": watched, "watchlist": listed, **parts}
        found, missing = await self._parts(parts, caller)
        rows = [
            {"id": name, "titles": [parts[name].card(item) for item in _items(found, name)]}
            for name in found
        ]
        return {"rows": [row for row in rows if row["titles"]], "missing": missing}

    async def account(self, caller: Caller) -> dict[str, Any]:
        """Who the account is, where it is signed in, how, and its household."""
        parts = {
            "account": Part("auth", "/auth/me"),
            "sessions": Part("auth", "/auth/sessions"),
            "passkeys": Part("auth", "/auth/passkeys"),
            "identities": Part("auth", "/auth/identities"),
            "household": Part("profiles", f"/profiles/{caller.user_id}"),
        }
        found, missing = await self._parts(parts, caller)
        return {**{name: found.get(name) for name in parts}, "missing": missing}

    async def _parts(
        self, parts: Mapping[str, Part], caller: Caller | None
    ) -> tuple[dict[str, dict[str, Any]], list[str]]:
        """The parts that came in time by their names, and the names of those that did not."""

        async def one(part: Part) -> dict[str, Any] | None:
            call = Call(part.service, "GET", part.target, caller, seconds=self._seconds)
            try:
                return await self._backends.json(call)
            except ServiceError:
                return None

        answers = await asyncio.gather(*(one(part) for part in parts.values()))
        named = zip(parts, answers, strict=True)
        found = {name: answer for name, answer in named if answer is not None}
        return found, [name for name in parts if name not in found]


def _own(caller: Caller | None) -> str | None:
    """Where the acting profile's own things are; None while nobody acts."""
    if caller is None or caller.profile_id is None:
        return None
    return f"/profiles/{caller.user_id}/{caller.profile_id}"


def _items(found: Mapping[str, dict[str, Any]], name: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = found.get(name, {}).get("items", [])
    return items


def _new(item: dict[str, Any]) -> dict[str, Any]:
    said = item["metadata"]
    return _card(item["id"], said["title"], item)


def _found(item: dict[str, Any]) -> dict[str, Any]:
    return _card(item["title"]["id"], item["title"]["title"], item["title"])


def _listed(item: dict[str, Any]) -> dict[str, Any]:
    return _card(item["title_id"], item["title"], item)


def _card(title_id: str, name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    more = {key: item.get(key) for key in ("poster", "duration_seconds", "position_seconds")}
    return {"id": title_id, "title": name, **more}
