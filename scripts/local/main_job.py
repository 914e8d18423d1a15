"""The main job: a film goes in, and plays. Through the gateway alone, as studios and viewers would."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from scripts.clients.session import ApiError, Session
from scripts.clients.studio import Master, Studio
from scripts.clients.studio_command import describe
from scripts.local.progress import say

OPERATOR, STUDIO, VIEWER = ("operator@example.com", "studio@example.com", "viewer@example.com")
FIND_SECONDS = 30.0


class FilmRefusedError(Exception):
    """The platform refused the film, with a code and a reason."""


@dataclass(frozen=True)
class Accounts:
    """Who does the main job, signed in."""

    studio: Session
    viewer: Session


@dataclass(frozen=True)
class Played:
    """What the main job came to; times in seconds unless they say otherwise."""

    video_id: str
    ticket: dict[str, Any]
    figures: dict[str, float]


def make_accounts(
    url: str, make_operator: Callable[[str], str], secrets: dict[str, Any]
) -> Accounts:
    """An operator by command, a studio and a viewer by signing up; known accounts are found again."""
    make_operator(OPERATOR)
    operator = Session(url).log_in(OPERATOR, secrets["operator_password"])
    sessions = {}
    for email, password in ((STUDIO, "studio_password"), (VIEWER, "viewer_password")):
        session = Session(url)
        session.sign_up(email, secrets[password])
        sessions[email] = session.log_in(email, secrets[password], "main job")
    studio_id = _user_id(sessions[STUDIO])
    path = f"/auth/users/{studio_id}/roles"
    operator.call("PUT", path, json={"roles": ["studio"]})
    operator.http.close()
    # The role stands in the next access token.
    sessions[STUDIO].log_in(STUDIO, secrets["studio_password"], "main job")
    return Accounts(sessions[STUDIO], sessions[VIEWER])


def run_main_job(accounts: Accounts, film: Path, title: str) -> Played:
    """Upload, watch the job, search, open a playback session; FilmRefusedError if it is refused."""
    studio, viewer = Studio(accounts.studio), accounts.viewer
    started = time.monotonic()
    master = Master.read(film)
    video = studio.create(_metadata(title), publish=True)
    upload = studio.begin_upload(video["id"], master)
    studio.send(upload["id"], master)
    figures = {"upload_seconds": time.monotonic() - started}
    completed = time.monotonic()
    studio.complete(upload["id"])
    say(f"  uploaded {film.name} ({master.size_bytes / 1e6:.1f} MB)")
    for view in studio.follow(video["id"], pause=0.05):
        now = time.monotonic() - completed
        for event in view["events"]:
            say(f"    {describe(event)}")
        state = view["job"]["state"]
        if state in ("playable", "completed"):
            figures.setdefault("playable_seconds", now)
        if state == "completed":
            figures["completed_seconds"] = now
        elif state in ("rejected", "failed", "cancelled"):
            raise FilmRefusedError(f"{view['job']['code']}: {view['job']['reason']}")
    figures["search_ms"] = _find(viewer, video["id"], title)
    ticket = open_session(viewer, video["id"])
    return Played(video["id"], ticket, figures)


def open_session(viewer: Session, video_id: str) -> dict[str, Any]:
    """A playback session; right after publication its facts may still be on their way."""
    deadline = time.monotonic() + FIND_SECONDS
    while True:
        try:
            path = f"/playback/{video_id}/sessions"
            ticket: dict[str, Any] = viewer.call("POST", path, json={"device": "main job"})
            return ticket
        except ApiError as refused:
            if refused.code == "too-many-streams":
                for device in refused.problem["devices"]:
                    viewer.call("DELETE", f"/playback/sessions/{device['session_id']}")
            elif time.monotonic() > deadline or refused.status not in (403, 404):
                raise
            time.sleep(0.1)


def _find(viewer: Session, video_id: str, title: str) -> float:
    """Search until the film is found; milliseconds of the search that found it."""
    deadline = time.monotonic() + FIND_SECONDS
    while time.monotonic() < deadline:
        asked = time.perf_counter()
        found = viewer.call("GET", "/search", params={"q": title, "sort": "relevance"})
        took = (time.perf_counter() - asked) * 1000
        if any(hit["title"]["id"] == video_id for hit in found["items"]):
            return took
        time.sleep(0.1)
    raise TimeoutError(f"the search does not find {title}")


def _user_id(session: Session) -> str:
    claims = jwt.decode(session.access_token, options={"verify_signature": False})
    return str(claims["sub"])


def _metadata(title: str) -> dict[str, Any]:
    return {
        "title": title,
        "description": "A large rabbit, three bullies, and a plan.",
        "genres": ["Animation", "Comedy"],
        "year": 2008,
        "directors": ["Sacha Goedegebure"],
        "languages": ["English"],
        "ratings": [{"system": "FSK", "value": "6", "min_age": 6}],
    }
