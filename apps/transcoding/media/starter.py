"""A starter: one small rung, encoded, packaged and stored as it grows, so that a film plays at once."""

import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from apps.transcoding.domain.failure import Failure, FailureKind, StepFailedError
from apps.transcoding.domain.ladder import Rung, ladder
from apps.transcoding.domain.media import Media
from apps.transcoding.media.encoder import aac, deadline, offset, picture_filter, scaled, x264
from apps.transcoding.media.manifests import (
    foretold_mpd,
    foretold_playlist,
    static_mpd,
    with_clearkey,
)
from apps.transcoding.media.packager import ContentKey, KeyFile, Track, arguments, spawn
from apps.transcoding.media.probe import GUARD
from apps.transcoding.media.sandbox import FFMPEG, sandboxed

# Segments of every track before a viewer is let in: eight seconds of film.
ENOUGH = 2
LOOK_SECONDS = 0.03
STARTER_LINES = 360
_PIPE = ("-flush_packets", "1", "-f", "mp4", "pipe:1")
_FRAGMENTS = "+empty_moov+default_base_moof"

Put = Callable[[str, bytes], None]


@dataclass
class _Feed:
    """An ffmpeg that writes into a named pipe."""

    fifo: Path
    argv: list[str]
    cpu_seconds: float = 0.0
    failure: StepFailedError | None = None
    thread: threading.Thread | None = field(default=None)


class Starter:
    """Encodes and packages one rung; `put` stores an object by its name in the package."""

    def __init__(
        self,
        media: Media,
        keys: Mapping[str, ContentKey],
        work: Path,
        put: Put,
        *,
        alive: Callable[[], bool],
        playable: Callable[[], None],
    ) -> None:
        self._media = media
        self._keys = {label: keys[label] for label in ("AUDIO", "SD", "HD")}
        self._work = work
        self._put = put
        self._alive = alive
        self._playable = playable
        self._sent: set[str] = set()
        self._bytes = 0
        self._announced = False
        self.rung = starter_rung(media)

    def run(self, master: Path) -> tuple[float, int]:
        """Until the whole film went through; CPU seconds and bytes stored."""
        feeds = self._feeds()
        argv = [*arguments(self._tracks(), self._media.gop_seconds), "--io_block_size", "4096"]
        argv += ["--hls_playlist_type", "EVENT", "--hls_start_time_offset", "0"]
        argv += ["--time_shift_buffer_depth", "1000000", "--minimum_update_period", "2"]
        argv += ["--preserved_segments_outside_live_window", "0"]
        with KeyFile(self._work, self._keys) as flags:
            packager = spawn([*argv, flags], self._work)
            try:
                for feed in feeds:
                    feed.thread = threading.Thread(target=self._feed, args=(feed, master))
                    feed.thread.start()
                while packager.poll() is None:
                    self._look()
                    time.sleep(LOOK_SECONDS)
            finally:
                packager.kill()
                _, said = packager.communicate()
                for feed in feeds:
                    if feed.thread is not None:
                        feed.thread.join()
        self._check(feeds, packager.returncode, said)
        self._close()
        return sum(feed.cpu_seconds for feed in feeds), self._bytes

    def _tracks(self) -> list[Track]:
        tracks = [Track("video", self._work / "video.fifo", "video", self.rung.label)]
        if self._media.audio:
            language = self._media.audio[0].language
            tracks.append(Track("audio", self._work / "audio.fifo", "audio", "AUDIO", language))
        return tracks

    def _feeds(self) -> list[_Feed]:
        base = [FFMPEG, "-nostdin", "-v", "error", *GUARD]
        frames = int(self._media.duration_seconds * self._media.rate * 11 / 10) + 10
        shape = f"{picture_filter(self._media, False)},{scaled(self.rung)}"
        video = [*base, "-i", "/in/input", "-map", "0:v:0", "-vf", shape]
        video += [*x264(self._media, "ultrafast", self.rung.maxrate_kbit)]
        video += ["-frames:v", str(frames), "-frag_duration", "500000"]
        video += ["-movflags", f"+frag_keyframe{_FRAGMENTS}", *_PIPE]
        feeds = [_Feed(self._work / "video.fifo", video)]
        if self._media.audio:
            track = self._media.audio[0]
            audio = [*base, *offset(self._media), "-i", "/in/input", "-map"]
            audio += [f"0:a:{track.index}", *aac(min(track.channels, 2))]
            audio += ["-t", f"{self._media.duration_seconds:.3f}", "-frag_duration", "1000000"]
            audio += ["-movflags", f"+delay_moov{_FRAGMENTS}", *_PIPE]
            feeds.append(_Feed(self._work / "audio.fifo", audio))
        for feed in feeds:
            os.mkfifo(feed.fifo, stat.S_IRUSR | stat.S_IWUSR)
        return feeds

    def _feed(self, feed: _Feed, master: Path) -> None:
        wait = deadline(self._media.duration_seconds)
        try:
            with open(_open_for_writing(feed.fifo, self._alive), "wb") as pipe:
                ran = sandboxed(
                    feed.argv, input=master, out=None, seconds=wait, stdout=pipe, alive=self._alive
                )
            feed.cpu_seconds = ran.cpu_seconds
            if ran.code != 0:
                said = ran.stderr.strip()[-300:]
                feed.failure = StepFailedError(Failure(FailureKind.ENCODER, "starter_failed", said))
        except StepFailedError as failed:
            feed.failure = failed

    def _look(self) -> None:
        """Store the segments that the packager has finished; let viewers in when there are enough."""
        listed = [self._listed(track.name) for track in self._tracks()]
        for segment in (segment for names in listed for segment in names):
            self._store(segment)
        if not self._announced and all(len(names) > ENOUGH for names in listed):
            self._announce()

    def _listed(self, track: str) -> list[str]:
        """What a track's playlist names: the init segment and every finished media segment."""
        playlist = self._work / "package" / f"{track}.m3u8"
        if not playlist.exists():
            return []
        lines = playlist.read_text().splitlines()
        return [f"{track}/init.mp4", *(line for line in lines if line.endswith(".m4s"))]

    def _store(self, name: str) -> None:
        if name not in self._sent:
            data = (self._work / "package" / name).read_bytes()
            self._put(name, data)
            self._sent.add(name)
            self._bytes += len(data)

    def _announce(self) -> None:
        folder, media = self._work / "package", self._media
        growing = (folder / "manifest.mpd").read_text()
        if growing.count("<Representation") < len(self._tracks()):
            return
        self._put_mpd(foretold_mpd(growing, media.duration_seconds, media.gop_seconds))
        for track in self._tracks():
            text = (folder / f"{track.name}.m3u8").read_text()
            told = foretold_playlist(text, media.duration_seconds, media.gop_seconds)
            self._put(f"{track.name}.m3u8", told.encode())
        self._put("master.m3u8", (folder / "master.m3u8").read_bytes())
        self._announced = True
        self._playable()

    def _close(self) -> None:
        """The film went through: from here on the manifests say exactly what there is."""
        folder = self._work / "package"
        for track in self._tracks():
            for name in self._listed(track.name):
                self._store(name)
        ended = (folder / "manifest.mpd").read_text()
        self._put_mpd(static_mpd(ended, self._media.duration_seconds))
        for track in self._tracks():
            text = (folder / f"{track.name}.m3u8").read_text()
            closed = text.replace("PLAYLIST-TYPE:EVENT", "PLAYLIST-TYPE:VOD")
            end = "" if "#EXT-X-ENDLIST" in closed else "#EXT-X-ENDLIST\n"
            self._put(f"{track.name}.m3u8", (closed + end).encode())
        self._put("master.m3u8", (folder / "master.m3u8").read_bytes())
        if not self._announced:
            self._playable()
        shutil.rmtree(folder)

    def _put_mpd(self, mpd: str) -> None:
        self._put("manifest.mpd", mpd.encode())
        self._put("manifest-clearkey.mpd", with_clearkey(mpd).encode())

    def _check(self, feeds: list[_Feed], code: int, said: bytes) -> None:
        if not self._alive():
            raise StepFailedError(Failure(FailureKind.LOST, "not_ours", "the step was taken away"))
        for feed in feeds:
            if feed.failure is not None:
                raise feed.failure
        if code != 0:
            reason = said.decode(errors="replace")[-300:] or f"exit {code}"
            raise StepFailedError(Failure(FailureKind.ENCODER, "starter_failed", reason))


def starter_rung(media: Media) -> Rung:
    """The largest rung of at most 360 lines, or the smallest there is."""
    rungs = ladder(media.width, media.height)
    small = [rung for rung in rungs if min(rung.width, rung.height) <= STARTER_LINES]
    return small[-1] if small else rungs[0]


def _open_for_writing(fifo: Path, alive: Callable[[], bool]) -> int:
    """The pipe, once the packager reads from it; a plain open would hang if it never does."""
    deadline_at = time.monotonic() + 20
    while True:
        try:
            handle = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            os.set_blocking(handle, True)
            return handle
        except OSError:
            if time.monotonic() > deadline_at or not alive():
                lost = Failure(FailureKind.ENCODER, "starter_failed", "nobody reads the pipe")
                raise StepFailedError(lost) from None
            time.sleep(0.005)
