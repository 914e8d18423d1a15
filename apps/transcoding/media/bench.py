"""The workbench: how each kind of step is done."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from apps.contracts.transcoding import Package, Rendition, WrappedKey
from apps.kit.wrapping import KeyWrap
from apps.transcoding.assets import Assets
from apps.transcoding.domain.graph import Cut
from apps.transcoding.domain.job import Job
from apps.transcoding.domain.ladder import Rung
from apps.transcoding.domain.media import AudioTrack, Media, SubtitleTrack
from apps.transcoding.domain.step import StepKind, StepResult, output_prefix
from apps.transcoding.media import encoder, packager, pictures
from apps.transcoding.media.manifests import with_clearkey
from apps.transcoding.media.packager import ContentKey, Track
from apps.transcoding.media.probe import index, probe
from apps.transcoding.media.starter import Starter
from apps.transcoding.media.verification import verify
from apps.transcoding.service.steps import Claim

T = TypeVar("T")
R = TypeVar("R")
Alive = Callable[[], bool]
Playable = Callable[[Package], None]


class Bench:
    """Does steps, on this machine, in folders of their own."""

    def __init__(self, assets: Assets, wrap: KeyWrap, folder: Path) -> None:
        self._assets = assets
        self._wrap = wrap
        self._masters = folder / "masters"
        self._folder = folder / "steps"
        for path in (self._masters, self._folder):
            path.mkdir(parents=True, exist_ok=True)

    def do(self, claim: Claim, alive: Alive, playable: Playable) -> StepResult:
        """Do a step, unless its output lies there already; StepFailedError when it cannot be done."""
        kind = claim.step.kind
        if kind is StepKind.STARTER:
            return self._starter(claim, alive, playable)
        if kind is StepKind.PACKAGE:
            return self._package(claim, alive)
        prefix = output_prefix(claim.job, claim.step)
        done = self._assets.finished(prefix)
        if done is not None:
            return done
        with self._room() as room:
            ways = {
                StepKind.PROBE: self._probe,
                StepKind.INDEX: self._index,
                StepKind.CHUNK: self._chunk,
                StepKind.AUDIO: self._audio,
                StepKind.SUBTITLES: self._subtitles,
                StepKind.THUMBNAILS: self._thumbnails,
            }
            output, cpu = ways[kind](claim, room, alive)
            files = [path for path in sorted(room.iterdir()) if path.is_file()]
            size = sum(path.stat().st_size for path in files)
            result = StepResult({**output, "prefix": prefix}, round(cpu, 3), size)
            if kind in (StepKind.PROBE, StepKind.INDEX):
                result = StepResult(output, round(cpu, 3), 0)
            self._assets.keep(prefix, files, result)
        return result

    def _probe(self, claim: Claim, _: Path, alive: Alive) -> tuple[dict[str, Any], float]:
        media, cpu = probe(self._master(claim), alive)
        return asdict(media), cpu

    def _index(self, claim: Claim, _: Path, alive: Alive) -> tuple[dict[str, Any], float]:
        found, cpu = index(self._master(claim), _media(claim), alive)
        return asdict(found), cpu

    def _chunk(self, claim: Claim, room: Path, alive: Alive) -> tuple[dict[str, Any], float]:
        cut: Any = claim.step.parameters["cut"]
        master, rungs = self._master(claim), _rungs(claim)
        cpu = encoder.encode_chunk(master, _media(claim), Cut(**cut), rungs, room, alive)
        return {}, cpu

    def _audio(self, claim: Claim, room: Path, alive: Alive) -> tuple[dict[str, Any], float]:
        asked: Any = claim.step.parameters["track"]
        track = AudioTrack(**asked)
        cpu = encoder.encode_audio(self._master(claim), _media(claim), track, room, alive)
        return {"language": track.language}, cpu

    def _subtitles(self, claim: Claim, room: Path, alive: Alive) -> tuple[dict[str, Any], float]:
        asked: Any = claim.step.parameters["track"]
        track = SubtitleTrack(**asked)
        cpu = encoder.extract_subtitles(self._master(claim), track, room, alive)
        return {"language": track.language}, cpu

    def _thumbnails(self, claim: Claim, room: Path, alive: Alive) -> tuple[dict[str, Any], float]:
        media, base = _media(claim), f"art/{claim.job.asset_id}/"
        smallest = _rungs(claim)[0]
        joined = self._joined(claim, smallest, room, alive)
        sprites, listing, cpu = pictures.make_thumbnails(joined, media, room, alive)
        cpu += pictures.make_poster(self._poster_chunk(claim, room), room, alive)
        for sprite in sprites:
            self._assets.put_media(base + sprite.name, sprite.read_bytes())
        self._assets.put_media(base + "thumbnails.vtt", listing.encode())
        self._assets.put_media(base + "poster.jpg", (room / "poster.jpg").read_bytes())
        _empty(room)
        return {"thumbnails": base + "thumbnails.vtt", "poster": base + "poster.jpg"}, cpu

    def _starter(self, claim: Claim, alive: Alive, playable: Playable) -> StepResult:
        job, media = claim.job, _media(claim)
        prefix = f"vod/{job.asset_id}/{job.asset_version}s{claim.step.attempt}/"
        with self._room() as room:
            starter = Starter(
                media,
                self._content_keys(job),
                room,
                lambda name, data: self._assets.put_media(prefix + name, data),
                alive=alive,
                playable=lambda: playable(
                    _whole(job, media, prefix, [_rendition(starter.rung, 0)])
                ),
            )
            cpu, size = starter.run(self._master(claim))
        return StepResult({"prefix": prefix}, round(cpu, 3), size)

    def _package(self, claim: Claim, alive: Alive) -> StepResult:
        job, media, rungs = claim.job, _media(claim), _rungs(claim)
        prefix = f"vod/{job.asset_id}/{job.asset_version}p{claim.step.attempt}/"
        keys = self._content_keys(job)
        with self._room() as room:
            tracks = _side_by_side(lambda rung: self._video(claim, rung, room, alive), rungs)
            tracks += self._other_tracks(claim, media, room)
            cpu = packager.package(tracks, keys, media.gop_seconds, room, alive)
            protected = [(track, keys[track.label]) for track in tracks if track.label is not None]
            _side_by_side(lambda of: verify(*of, media.gop_frames, room, alive), protected)
            size = self._store_package(room / "package", prefix)
            made = [_rendition(rung, _size(room / "package" / f"v{rung.name}")) for rung in rungs]
        whole = _whole(job, media, prefix, made)
        return StepResult(whole.model_dump(mode="json"), round(cpu, 3), size)

    def _other_tracks(self, claim: Claim, media: Media, room: Path) -> list[Track]:
        tracks = []
        for track in media.audio:
            key = f"{_prefix(claim, f'audio/{track.index}')}/audio.mp4"
            path = self._assets.fetch(key, room / f"audio-{track.index}.mp4")
            tracks.append(Track(f"audio-{track.index}", path, "audio", "AUDIO", track.language))
        for text in media.subtitles:
            key = f"{_prefix(claim, f'subtitles/{text.index}')}/subtitles.vtt"
            path = self._assets.fetch(key, room / f"text-{text.index}.vtt")
            if "-->" in path.read_text():
                tracks.append(Track(f"text-{text.index}", path, "text", None, text.language))
        return tracks

    def _store_package(self, folder: Path, prefix: str) -> int:
        """Segments first and manifests last; the bytes of them all."""
        mpd = (folder / "manifest.mpd").read_text()
        (folder / "manifest-clearkey.mpd").write_text(with_clearkey(mpd))
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        files.sort(key=lambda path: path.suffix in (".mpd", ".m3u8"))
        for path in files:
            self._assets.put_media(prefix + str(path.relative_to(folder)), path.read_bytes())
        return sum(path.stat().st_size for path in files)

    def _video(self, claim: Claim, rung: Rung, room: Path, alive: Alive) -> Track:
        return Track(f"v{rung.name}", self._joined(claim, rung, room, alive), "video", rung.label)

    def _joined(self, claim: Claim, rung: Rung, room: Path, alive: Alive) -> Path:
        """All chunks of one rung, as one file."""
        names = _chunks(claim)
        folder = room / f"{rung.name}-parts"
        folder.mkdir()
        parts = [
            self._assets.fetch(f"{_prefix(claim, name)}/{rung.name}.mp4", folder / f"{n:05d}.mp4")
            for n, name in enumerate(names)
        ]
        out = room / f"{rung.name}.mp4"
        if len(parts) == 1:
            parts[0].rename(out)
        else:
            encoder.join(parts, out, alive)
        shutil.rmtree(folder)
        return out

    def _poster_chunk(self, claim: Claim, room: Path) -> Path:
        """The largest rung, a fifth into the film: ours, so that it surely decodes."""
        names = _chunks(claim)
        key = f"{_prefix(claim, names[len(names) // 5])}/{_rungs(claim)[-1].name}.mp4"
        return self._assets.fetch(key, room / "poster.mp4")

    def _content_keys(self, job: Job) -> dict[str, ContentKey]:
        return {key.label: self._unwrapped(key, job.asset_id) for key in job.keys}

    def _unwrapped(self, key: WrappedKey, asset_id: UUID) -> ContentKey:
        secret = self._wrap.unwrap(key.wrapped, key.context(asset_id, key.key_id))
        return ContentKey(key.key_id, secret)

    def _master(self, claim: Claim) -> Path:
        return self._assets.fetch_master(claim.job.source, self._masters)

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """A folder for one attempt, gone with it."""
        room = self._folder / str(uuid4())
        room.mkdir(mode=0o700)
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)


def _whole(job: Job, media: Media, prefix: str, renditions: Sequence[Rendition]) -> Package:
    return Package(
        asset_id=job.asset_id,
        asset_version=job.asset_version,
        prefix=prefix,
        dash=prefix + "manifest.mpd",
        hls=prefix + "master.m3u8",
        dash_clearkey=prefix + "manifest-clearkey.mpd",
        keys=tuple(job.keys),
        duration_seconds=media.duration_seconds,
        renditions=tuple(renditions),
        audio_languages=tuple(track.language for track in media.audio),
        subtitle_languages=tuple(track.language for track in media.subtitles),
    )


def _rendition(rung: Rung, size: int) -> Rendition:
    return Rendition(
        name=rung.name, width=rung.width, height=rung.height, label=rung.label, bytes=size
    )


def _media(claim: Claim) -> Media:
    assert claim.job.media is not None
    return claim.job.media


def _rungs(claim: Claim) -> list[Rung]:
    listed: Any = claim.step.parameters["rungs"]
    return [Rung(**rung) for rung in listed]


def _chunks(claim: Claim) -> list[str]:
    """The names of the chunk steps, in the order of the film."""
    names = [name for name in claim.inputs if name.startswith("chunk/")]
    return sorted(names, key=lambda name: int(name.partition("/")[2]))


def _prefix(claim: Claim, name: str) -> str:
    found: Mapping[str, Any] = claim.inputs[name]
    return str(found["prefix"])


def _side_by_side(do: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Programs that wait for the store as much as for a core, as many at once as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(do, items))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _empty(room: Path) -> None:
    for path in room.iterdir():
        path.unlink()
