"""A mail server that delivers nothing, and a page with what it took: so that links in mails work on one machine."""

import argparse
import asyncio
import mailbox
import sys
from email.message import Message
from email.utils import parsedate_to_datetime
from html import escape
from pathlib import Path

import uvicorn
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse

SHOWN = 100
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mailbox</title>'
    '<meta http-equiv="refresh" content="5"><style>body{{font:16px/1.5 sans-serif;margin:2rem auto;'
    "max-width:44rem}}pre{{white-space:pre-wrap}}</style><h1>Mailbox</h1>{letters}</html>"
)


def main() -> int:
    """Take mails by SMTP, keep them in a Maildir, and show the newest ones on a page."""
    parser = argparse.ArgumentParser(prog="mailbox", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("smtp_port", type=int)
    parser.add_argument("page_port", type=int)
    asked = parser.parse_args()
    server = Controller(Mailbox(str(asked.folder)), hostname="127.0.0.1", port=asked.smtp_port)
    server.start()
    try:
        uvicorn.run(
            pages(asked.folder), host="127.0.0.1", port=asked.page_port, log_level="warning"
        )
    finally:
        server.stop()
    return 0


def pages(folder: Path) -> FastAPI:
    """The newest letters, for people and for programs."""
    app = FastAPI()

    @app.get("/")
    async def show() -> HTMLResponse:
        letters = [_shown(letter) for letter in await asyncio.to_thread(newest, folder)]
        return HTMLResponse(_PAGE.format(letters="".join(letters) or "<p>No mails yet.</p>"))

    @app.get("/letters")
    async def letters() -> JSONResponse:
        found = await asyncio.to_thread(newest, folder)
        return JSONResponse(
            [{"to": m["To"], "subject": m["Subject"], "text": text_of(m)} for m in found]
        )

    return app


def newest(folder: Path) -> list[Message]:
    """The letters that came last, the newest first."""
    letters: list[Message] = list(mailbox.Maildir(str(folder), create=True))
    dated = sorted(letters, key=lambda m: (parsedate_to_datetime(m["Date"]), m["Message-ID"]))
    return dated[: -SHOWN - 1 : -1]


def text_of(message: Message) -> str:
    """The plain text of a letter."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            raw = part.get_payload(decode=True)
            return raw.decode() if isinstance(raw, bytes) else str(raw)
    return ""


def _shown(message: Message) -> str:
    words = (
        f'<a href="{escape(word)}">{escape(word)}</a>' if word.startswith("http") else escape(word)
        for word in text_of(message).split(" ")
    )
    head = escape(f"{message['Subject']} — to {message['To']}, {message['Date']}")
    return f"<h2>{head}</h2><pre>{' '.join(words)}</pre>"


if __name__ == "__main__":
    sys.exit(main())
