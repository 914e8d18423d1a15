"""What a master turned out to be, and which masters are refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

PIXELS_MOST = 8192 * 4320
STREAMS_MOST = 32
FRAME_RATE_MOST = 120
HOURS_MOST = 12
SECONDS_LEAST = 0.04
HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
TEXT_SUBTITLES = frozenset({"subrip", "ass", "ssa", "mov_text", "webvtt", "text"})


@dataclass(frozen=True)
class AudioTrack:
    """One audio stream: its place among the audio streams, language, and what plays it."""

    index: int
    language: str
    channels: int
    title: str = ""


@dataclass(frozen=True)
class SubtitleTrack:
    """One text subtitle stream: its place among the subtitle streams, and its language."""

    index: int
    language: str


@dataclass(frozen=True)
class Media:
    """A readable master; sizes as displayed (rotation applied), times in seconds."""

    format: str
    width: int
    height: int
    duration_seconds: float
    frame_rate: str
    start_seconds: float
    video_start_seconds: float
    interlaced: bool
    audio: Sequence[AudioTrack] = field(default=())
    subtitles: Sequence[SubtitleTrack] = field(default=())

    @property
    def rate(self) -> Fraction:
        """Frames per second."""
        return Fraction(self.frame_rate)

    @property
    def gop_frames(self) -> int:
        """Frames in a group of pictures: about four seconds of them."""
        return max(1, round(4 * self.rate))

    @property
    def gop_seconds(self) -> Fraction:
        """The exact length of a group of pictures, and so of a segment."""
        return self.gop_frames / self.rate

    @property
    def video_offset_seconds(self) -> float:
        """How much later than the file the video begins."""
        return max(0.0, self.video_start_seconds - self.start_seconds)
