"""The graph of steps: what follows from the probe, and what from the index."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

from apps.kit.clock import NewId
from apps.transcoding.domain.job import JobId
from apps.transcoding.domain.ladder import ladder
from apps.transcoding.domain.media import Media
from apps.transcoding.domain.step import Step, StepId, StepKind, StepState

# Long enough that rate control settles, short enough that a killed worker costs little.
CHUNK_SECONDS = 12
CHUNKS_MOST = 600


@dataclass(frozen=True)
class Cut:
    """One stretch of the master: from a time in the file, a number of frames (None: to its end)."""

    index: int
    seek_seconds: float
    frames: int | None


@dataclass(frozen=True)
class Index:
    """What the index step found: where the master can be cut, and how many frames it has."""

    frames: int | None
    exact: bool


def cuts(media: Media, index: Index) -> Sequence[Cut]:
    """Stretches of whole groups of pictures; one for a master that cannot be cut exactly.

    The last stretch is cut into single groups, so that all workers end at about the same time. Each
    seek aims half a frame before its first frame, so that rounding cannot miss it.
    """
    if not index.exact or index.frames is None:
        return (Cut(0, 0.0, None),)
    found: list[Cut] = []
    first = 0
    for groups in stretches(-(-index.frames // media.gop_frames), media.gop_seconds):
        frames = min(groups * media.gop_frames, index.frames - first)
        seek = media.video_offset_seconds + float((first - Fraction(1, 2)) / media.rate)
        found.append(Cut(len(found), max(0.0, seek), frames))
        first += frames
    return found


def stretches(groups: int, gop_seconds: Fraction) -> Iterator[int]:
    """How many groups of pictures each chunk has."""
    usual = max(1, round(CHUNK_SECONDS / gop_seconds), -(-groups // CHUNKS_MOST))
    while groups > usual:
        yield usual
        groups -= usual
    yield from (1,) * groups


class StepMaker:
    """Makes the steps of one job."""

    def __init__(self, job_id: JobId, new_id: NewId) -> None:
        self._job_id = job_id
        self._new_id = new_id

    def first(self) -> Step:
        """Where every job begins."""
        return self._step("probe", StepKind.PROBE, {})

    def after_probe(self) -> Iterable[Step]:
        """A starter at once, and beside it the index that the rest waits for."""
        yield self._step("starter", StepKind.STARTER, {})
        yield self._step("index", StepKind.INDEX, {})

    def after_index(self, media: Media, index: Index) -> Iterable[Step]:
        """Every chunk and track, the thumbnails, and the package of them all."""
        rungs = [asdict(rung) for rung in ladder(media.width, media.height)]
        parts: list[Step] = []
        for cut in cuts(media, index):
            asked = {"cut": asdict(cut), "rungs": rungs}
            parts.append(self._step(f"chunk/{cut.index}", StepKind.CHUNK, asked))
        chunks = [step.name for step in parts]
        for track in media.audio:
            asked = {"track": asdict(track)}
            parts.append(self._step(f"audio/{track.index}", StepKind.AUDIO, asked))
        for text in media.subtitles:
            asked = {"track": asdict(text)}
            parts.append(self._step(f"subtitles/{text.index}", StepKind.SUBTITLES, asked))
        yield from parts
        yield self._step("thumbnails", StepKind.THUMBNAILS, {"rungs": rungs}, chunks)
        everything = [step.name for step in parts]
        yield self._step("package", StepKind.PACKAGE, {"rungs": rungs}, everything)

    def _step(
        self, name: str, kind: StepKind, asked: Mapping[str, object], needs: Sequence[str] = ()
    ) -> Step:
        state = StepState.WAITING if needs else StepState.READY
        return Step(
            id=StepId(self._new_id()),
            job_id=self._job_id,
            name=name,
            kind=kind,
            state=state,
            needs=tuple(needs),
            parameters=dict(asked),
        )
