"""Viewers for measurements, each with an account of its own."""

from collections.abc import Sequence

from scripts.clients.session import Session
from scripts.local.main_job import open_session

VIEWERS = 20


def audience(url: str, password: str, video_id: str) -> Sequence[Session]:
    """Viewers who are signed in and may play, once the facts of their accounts have arrived."""
    return [
        _viewer(url, f"viewer-{number}@example.com", password, video_id)
        for number in range(VIEWERS)
    ]


def _viewer(url: str, email: str, password: str, video_id: str) -> Session:
    session = Session(url)
    session.sign_up(email, password)
    session.log_in(email, password)
    ticket = open_session(session, video_id)
    session.call("DELETE", f"/playback/sessions/{ticket['session_id']}")
    return session
