"""Sets everything up, starts the platform, and does the main job."""

import argparse
import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scripts.clients.session import ApiError
from scripts.local.browser import first_frame_ms
from scripts.local.errors import LauncherError
from scripts.local.main_job import (
    STUDIO,
    VIEWER,
    FilmRefusedError,
    Played,
    make_accounts,
    run_main_job,
)
from scripts.local.parts import sample_film
from scripts.local.places import Places
from scripts.local.platform import Platform
from scripts.local.progress import complain, say, step

TITLE = "Big Buck Bunny (trailer)"


class StoppedError(Exception):
    """Somebody pressed Ctrl-C, or sent SIGTERM."""


def main() -> int:
    """Set up and start the whole platform on this machine, and do the main job: a film goes in, and plays."""
    asked = _parser().parse_args()
    places = Places.usual()
    platform = Platform(Places(places.home, asked.port_shift or places.shift))
    signal.signal(signal.SIGTERM, _stopped)
    signal.signal(signal.SIGINT, _stopped)
    try:
        return _run(platform, asked)
    except (LauncherError, FilmRefusedError, ApiError, TimeoutError) as error:
        complain(f"\n{error}")
        return 1
    except StoppedError:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        platform.stop()


def _run(platform: Platform, asked: argparse.Namespace) -> int:
    began = float(os.environ.get("MARQUEE_SETUP_STARTED", time.time()))
    film = _film(asked.film)
    say("Setting up")
    if asked.fresh:
        platform.erase()
    platform.set_up()
    film = film or sample_film()
    figures: dict[str, Any] = {"setup_seconds": time.time() - began}
    say("Starting")
    started = time.monotonic()
    platform.start(without=frozenset(asked.without))
    figures["start_seconds"] = time.monotonic() - started
    played = None
    if not asked.no_film:
        played = _main_job(platform, film, asked.film)
        figures |= played.figures
        figures["first_frame_ms"] = first_frame_ms(platform.places.gateway_url, played.ticket)
    figures["rss_mib"] = platform.memory_mib()
    figures["parts"] = [_named(part) for part in platform.real.values()]
    _tell(platform, figures, played)
    if asked.report:
        asked.report.write_text(json.dumps(figures, indent=2) + "\n")
    if not asked.once:
        say("\nRunning. Press Ctrl-C to stop; data is kept.")
        threading.Event().wait()
    return 0


def _main_job(platform: Platform, film: Path, own: str | None) -> Played:
    say("The main job")
    url, secrets = platform.places.gateway_url, platform.secrets
    with step("accounts"):
        accounts = make_accounts(
            url,
            lambda email: platform.command(
                "auth", "make-operator", email, stdin=secrets["operator_password"] + "\n"
            ),
            secrets,
        )
    return run_main_job(accounts, film, Path(own).stem if own else TITLE)


def _tell(platform: Platform, figures: dict[str, Any], played: Played | None) -> None:
    say("\nAddresses")
    say(f"  the pages      {platform.places.gateway_url}/")
    say(f"  the API        {platform.places.gateway_url}/docs")
    say(f"  the mails      {platform.places.mailbox_url}/")
    say(f"  logs           {platform.places.logs}")
    if played is not None:
        say("Logins")
        say(f"  studio         {STUDIO}  {platform.secrets['studio_password']}")
        say(f"  viewer         {VIEWER}  {platform.secrets['viewer_password']}")
    say("Figures")
    for name, value in figures.items():
        if name != "parts":
            say(f"  {name:<20} {'-' if value is None else f'{value:.2f}'}")


def _named(part: Any) -> dict[str, str]:
    known = asdict(part)
    return {name: str(known[name]) for name in ("name", "version", "source")}


def _film(asked: str | None) -> Path | None:
    if asked is None:
        return None
    if not Path(asked).is_file():
        raise LauncherError(f"no film at {asked}")
    return Path(asked)


def _stopped(*_: object) -> None:
    raise StoppedError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/up", description=main.__doc__)
    parser.add_argument("--once", action="store_true", help="stop after the main job")
    parser.add_argument("--fresh", action="store_true", help="throw away what earlier runs kept")
    parser.add_argument("--film", metavar="FILE", help="upload this film instead of the sample")
    parser.add_argument("--no-film", action="store_true", help="start without the main job")
    parser.add_argument(
        "--without", metavar="SERVICE", action="append", default=[], help="leave it to scripts/dev"
    )
    parser.add_argument("--report", metavar="FILE", type=Path, help="write the figures as JSON")
    parser.add_argument(
        "--port-shift", metavar="N", type=int, default=0, help="add N to every port"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
