"""The studio's command line: upload with a progress bar and resume, list, show, delete."""

import argparse
import getpass
import json
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from scripts.clients.session import ApiError, Session
from scripts.clients.studio import Master, Studio

console = Console()


def main() -> int:
    """Upload films, and see how far they are."""
    asked = _parser().parse_args()
    password = os.environ.get("MARQUEE_PASSWORD") or getpass.getpass(f"Password of {asked.email}: ")
    with Session(asked.url) as session:
        try:
            studio = Studio(session.log_in(asked.email, password))
            return int(asked.act(studio, asked))
        except ApiError as refused:
            console.print(f"[red]{refused}[/red]")
            return 1
        except OSError as error:
            console.print(f"[red]{error}[/red]")
            return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/studio", description=main.__doc__)
    parser.add_argument(
        "--url", default=os.environ.get("MARQUEE_URL", "http://127.0.0.1:8080"), help="the gateway"
    )
    parser.add_argument(
        "--email",
        default=os.environ.get("MARQUEE_EMAIL", "studio@example.com"),
        help="the account; its password comes from MARQUEE_PASSWORD or is asked for",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    upload = commands.add_parser("upload", help="upload a film; the same command again resumes")
    upload.add_argument("film", type=Path)
    upload.add_argument("--title", help="default: the file's name")
    upload.add_argument("--metadata", type=Path, help="a JSON file with genres, year, cast, ...")
    upload.add_argument("--publish", action="store_true", help="show it as soon as it can play")
    upload.add_argument("--video", help="a new master for this video")
    upload.add_argument("--no-follow", action="store_true", help="do not wait for the job")
    upload.set_defaults(act=_upload)
    commands.add_parser("list", help="your videos").set_defaults(act=_list)
    for name, act, said in (
        ("show", _show, "a video and its job's timeline"),
        ("delete", _delete, "withdraw a video, its media and its keys, everywhere"),
    ):
        command = commands.add_parser(name, help=said)
        command.add_argument("video")
        command.set_defaults(act=act)
    return parser


def _upload(studio: Studio, asked: argparse.Namespace) -> int:
    with _bar() as bar:
        hashing = bar.add_task("hashing", total=asked.film.stat().st_size)
        master = Master.read(asked.film, lambda sent: bar.advance(hashing, sent))
        note = _resume_note(master)
        upload = _open_upload(studio, asked, master, note)
        sending = bar.add_task("sending", total=master.size_bytes)
        studio.send(upload["id"], master, lambda sent: bar.advance(sending, sent))
    studio.complete(upload["id"])
    note.unlink(missing_ok=True)
    console.print(f"Uploaded. The video is {upload['video_id']}")
    return 0 if asked.no_follow else _follow(studio, upload["video_id"])


def _open_upload(
    studio: Studio, asked: argparse.Namespace, master: Master, note: Path
) -> dict[str, Any]:
    """The upload of an earlier, interrupted run of this film, else a new one."""
    if note.exists():
        upload: dict[str, Any] = json.loads(note.read_text())
        try:
            found = studio.session.call("GET", f"/uploads/{upload['id']}")
        except ApiError:
            found = {"state": "gone"}
        if found["state"] == "open":
            console.print(f"Resuming: {len(found['stored'])} of {found['parts']} parts are there")
            return upload
    metadata = json.loads(asked.metadata.read_text()) if asked.metadata else {}
    metadata = {"title": asked.title or asked.film.stem, **metadata}
    video = asked.video or studio.create(metadata, publish=asked.publish)["id"]
    begun = studio.begin_upload(video, master)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"id": begun["id"], "video_id": begun["video_id"]}))
    return begun


def _resume_note(master: Master) -> Path:
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    return state / "marquee/uploads" / f"{master.sha256}.json"


def _follow(studio: Studio, video_id: str) -> int:
    view: dict[str, Any] = {}
    for view in studio.follow(video_id):
        for event in view["events"]:
            console.print(describe(event))
    job = view["job"]
    if job["state"] == "completed":
        return 0
    console.print(f"[red]{job['state']}: {job['code']}: {job['reason']}[/red]")
    return 1


def describe(event: dict[str, Any]) -> str:
    """An event of the timeline as a line."""
    parts = [f"{event['at'][11:19]}  {event['step']:<14} {event['event']:<10}"]
    if event["worker"]:
        parts.append(f"{event['worker']} (attempt {event['attempt']})")
    if event["seconds"] is not None:
        parts.append(f"{event['seconds']:.1f} s, {event['cpu_seconds'] or 0:.1f} CPU-s")
    if event["bytes"]:
        parts.append(f"{event['bytes'] / 1e6:.1f} MB")
    if event["reason"]:
        parts.append(f"{event['code']}: {event['reason']}")
    return "  ".join(parts)


def _list(studio: Studio, _: argparse.Namespace) -> int:
    table = Table("id", "title", "state", "published", "created")
    cursor: str | None = None
    while True:
        asked = {"limit": 100, **({"cursor": cursor} if cursor else {})}
        page = studio.session.call("GET", "/videos", params=asked)
        for video in page["items"]:
            shown = "yes" if video["published"] else "no"
            title = video["metadata"]["title"]
            table.add_row(video["id"], title, video["state"], shown, video["created_at"][:16])
        cursor = page["next"]
        if cursor is None:
            console.print(table)
            return 0


def _show(studio: Studio, asked: argparse.Namespace) -> int:
    console.print_json(data=studio.session.call("GET", f"/videos/{asked.video}"))
    for job in studio.jobs(asked.video)[:1]:
        view = studio.session.call("GET", f"/transcoding/jobs/{job['id']}")
        table = Table("step", "state", "attempt", "worker", "s", "CPU-s", "MB", "reason")
        for step in view["steps"]:
            table.add_row(
                step["name"],
                step["state"],
                str(step["attempt"]),
                step["worker"] or "",
                f"{step['seconds'] or 0:.1f}",
                f"{step['cpu_seconds'] or 0:.1f}",
                f"{(step['bytes'] or 0) / 1e6:.1f}",
                step["reason"] or "",
            )
        console.print(table)
        for event in view["events"]:
            console.print(describe(event))
    return 0


def _delete(studio: Studio, asked: argparse.Namespace) -> int:
    studio.session.call("DELETE", f"/videos/{asked.video}")
    console.print(f"{asked.video} is being withdrawn everywhere")
    return 0


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    )


if __name__ == "__main__":
    sys.exit(main())
