"""What a studio does: uploads a film in parts, resumes, and follows its job."""

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from scripts.clients.session import ApiError, Session

PART_BYTES = 16 * 1024 * 1024
PARTS_MOST = 10_000
SENDERS = 4
BATCH = 32
TRIES = 4
ENDED = ("completed", "rejected", "failed", "cancelled")

OnBytes = Callable[[int], None]


@dataclass(frozen=True)
class Master:
    """A film on this machine, measured and hashed."""

    path: Path
    size_bytes: int
    sha256: str
    part_bytes: int
    part_md5s: list[str]

    @classmethod
    def read(cls, path: Path, on_bytes: OnBytes = lambda _: None) -> "Master":
        """Read the file once, for its own hash and that of each part."""
        size = path.stat().st_size
        part = max(PART_BYTES, -(-size // PARTS_MOST))
        whole = hashlib.sha256()
        md5s: list[str] = []
        with path.open("rb") as file:
            while (data := file.read(part)) or not md5s:
                whole.update(data)
                md5s.append(hashlib.md5(data, usedforsecurity=False).hexdigest())
                on_bytes(len(data))
        return cls(path, size, whole.hexdigest(), part, md5s)

    def plan(self) -> dict[str, Any]:
        """What the upload declares."""
        names = ("size_bytes", "sha256", "part_bytes", "part_md5s")
        return {name: getattr(self, name) for name in names}

    def part(self, number: int) -> bytes:
        """The bytes of a part, counted from 1."""
        with self.path.open("rb") as file:
            file.seek((number - 1) * self.part_bytes)
            return file.read(self.part_bytes)


class Studio:
    """A studio's account."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def create(self, metadata: dict[str, Any], *, publish: bool = False) -> dict[str, Any]:
        """Open a video; a lost answer does not make two."""
        key = {"Idempotency-Key": str(uuid4())}
        asked = {**metadata, "publish": publish}
        made: dict[str, Any] = self.session.call("POST", "/videos", json=asked, headers=key)
        return made

    def begin_upload(self, video_id: str, master: Master) -> dict[str, Any]:
        """Open an upload."""
        key = {"Idempotency-Key": str(uuid4())}
        path = f"/videos/{video_id}/uploads"
        begun: dict[str, Any] = self.session.call("POST", path, json=master.plan(), headers=key)
        return begun

    def send(self, upload_id: str, master: Master, on_bytes: OnBytes = lambda _: None) -> None:
        """Send the parts that are not there yet, straight to the object store."""
        stored = set(self.session.call("GET", f"/uploads/{upload_id}")["stored"])
        on_bytes(sum(self._size(master, number) for number in stored))
        wanted = [n for n in range(1, len(master.part_md5s) + 1) if n not in stored]
        with httpx.Client(timeout=300) as http, ThreadPoolExecutor(SENDERS) as pool:
            for start in range(0, len(wanted), BATCH):
                numbers = wanted[start : start + BATCH]
                asked = {"numbers": numbers}
                urls = self.session.call("POST", f"/uploads/{upload_id}/parts", json=asked)
                sending = [
                    pool.submit(self._send_part, http, master, part, on_bytes)
                    for part in urls["parts"]
                ]
                for sent in sending:
                    sent.result()

    def complete(self, upload_id: str) -> dict[str, Any]:
        """Hand the master on."""
        done: dict[str, Any] = self.session.call("POST", f"/uploads/{upload_id}/complete")
        return done

    def upload(self, video_id: str, path: Path) -> dict[str, Any]:
        """All of it: measure, send, complete."""
        master = Master.read(path)
        upload = self.begin_upload(video_id, master)
        self.send(upload["id"], master)
        return self.complete(upload["id"])

    def jobs(self, video_id: str) -> list[dict[str, Any]]:
        """The jobs of a video, newest first."""
        found = self.session.call("GET", "/transcoding/jobs", params={"video_id": video_id})
        return list(found["items"])

    def follow(self, video_id: str, seconds: float = 3600, pause: float = 0.2) -> Iterator[Any]:
        """The newest job of a video with its new events, again and again until it ends."""
        deadline, seen, job_id = time.monotonic() + seconds, 0, None
        while time.monotonic() < deadline:
            if job_id is None:
                jobs = self.jobs(video_id)
                job_id = jobs[0]["id"] if jobs else None
            if job_id is not None:
                path = f"/transcoding/jobs/{job_id}"
                view = self.session.call("GET", path, params={"after": seen})
                seen = view["events"][-1]["number"] if view["events"] else seen
                yield view
                if view["job"]["state"] in ENDED:
                    return
            time.sleep(pause)
        raise TimeoutError(f"the job of video {video_id} did not end in {seconds:.0f} s")

    def _send_part(
        self, http: httpx.Client, master: Master, part: dict[str, Any], on_bytes: OnBytes
    ) -> None:
        data = master.part(part["number"])
        for attempt in range(1, TRIES + 1):
            refused = _put(http, part, data)
            if refused is None:
                on_bytes(len(data))
                return
            final = isinstance(refused, ApiError) and refused.status < 500
            if final or attempt == TRIES:
                raise refused
            time.sleep(2 ** (attempt - 1) / 2)

    def _size(self, master: Master, number: int) -> int:
        rest = master.size_bytes - (number - 1) * master.part_bytes
        return max(0, min(master.part_bytes, rest))


def _put(http: httpx.Client, part: dict[str, Any], data: bytes) -> Exception | None:
    """Send one part once; what went wrong, if anything."""
    try:
        sent = http.put(part["url"], content=data, headers={"Content-MD5": part["content_md5"]})
    except httpx.TransportError as error:
        return error
    return None if sent.is_success else ApiError(sent)
