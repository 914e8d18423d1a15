"""Lists, shows and replays the facts that a service could not take."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from apps.kit.database import Database
from apps.kit.inbox import SqlInbox
from apps.kit.migrations import services_with_schema
from scripts.local.errors import LauncherError
from scripts.local.places import Places
from scripts.local.progress import complain, say
from scripts.local.running import platform_secrets
from scripts.local.services import run_file_of


def main() -> int:
    """List, show and replay the facts that a service could not take; a replay goes to that service only."""
    asked = _parser().parse_args()
    places = Places.usual()
    try:
        secrets = platform_secrets(places)
        return int(asked.act(places, secrets, asked))
    except LauncherError as error:
        complain(str(error))
        return 1


@contextmanager
def inbox_of(service: str, places: Places) -> Iterator[SqlInbox]:
    """The inbox in a service's schema."""
    known = json.loads((places.secrets / f"{service}.json").read_text())[service]
    database = Database(lambda: known["database_url"], service, connections=1)
    yield SqlInbox(database)
    database.close()


def replay(service: str, letter: dict[str, Any], places: Places, secrets: dict[str, Any]) -> str:
    """Deliver a dead letter to its service again, as the sidecar would; the service's verdict."""
    with inbox_of(service, places) as inbox:
        inbox.revive(letter["event_id"])
    app = next(app for app in run_file_of(places)["apps"] if app["appID"] == service)
    answer = httpx.post(
        f"http://127.0.0.1:{app['appPort']}/events/{letter['topic']}",
        json={"id": letter["event_id"], "data": letter["data"]},
        headers={"dapr-api-token": secrets["app_tokens"][service]},
        timeout=30,
    )
    if answer.is_error and answer.status_code != 500:
        raise LauncherError(f"{service} does not take it: {answer.text[:300]}")
    return str(answer.json()["status"])


def _list(places: Places, _: dict[str, Any], asked: argparse.Namespace) -> int:
    for service in [asked.service] if asked.service else services_with_schema():
        with inbox_of(service, places) as inbox:
            letters = inbox.dead(replayed=asked.all)
        for letter in letters:
            state = "replayed" if letter["replayed_at"] else "dead"
            said = letter["reason"].splitlines()[0][:90]
            say(f"{service:<12} {letter['event_id']}  {letter['topic']:<26} {state:<9} {said}")
    return 0


def _show(places: Places, _: dict[str, Any], asked: argparse.Namespace) -> int:
    say(json.dumps(_find(places, asked), indent=2, default=str))
    return 0


def _replay(places: Places, secrets: dict[str, Any], asked: argparse.Namespace) -> int:
    with inbox_of(asked.service, places) as inbox:
        letters = [_find(places, asked)] if asked.event else inbox.dead()
    for letter in letters:
        say(f"{letter['event_id']}: {replay(asked.service, dict(letter), places, secrets)}")
    return 0


def _find(places: Places, asked: argparse.Namespace) -> dict[str, Any]:
    with inbox_of(asked.service, places) as inbox:
        letters = inbox.dead(replayed=True)
    for letter in letters:
        if letter["event_id"] == asked.event:
            return dict(letter)
    raise LauncherError(f"{asked.service} has no dead letter {asked.event}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/dead-letters", description=main.__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="the dead letters, oldest first")
    listing.add_argument("service", nargs="?", choices=services_with_schema())
    listing.add_argument("--all", action="store_true", help="also those that were replayed")
    listing.set_defaults(act=_list)
    showing = commands.add_parser("show", help="one letter with its fact and the reason")
    showing.set_defaults(act=_show)
    replaying = commands.add_parser("replay", help="deliver one letter, or all, again")
    replaying.set_defaults(act=_replay)
    for command, many in ((showing, None), (replaying, "?")):
        command.add_argument("service", choices=services_with_schema())
        command.add_argument("event", nargs=many, help="the event's id")
    return parser


if __name__ == "__main__":
    sys.exit(main())
