"""The ladder, the cuts, the manifests: pure rules, with properties."""

from datetime import UTC, datetime
from fractions import Fraction
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from apps.transcoding.domain.failure import ATTEMPTS, Failure, FailureKind
from apps.transcoding.domain.graph import CHUNKS_MOST, Index, cuts
from apps.transcoding.domain.job import Job, JobId, JobState, Source
from apps.transcoding.domain.ladder import ladder
from apps.transcoding.domain.media import Media
from apps.transcoding.domain.step import Step, StepId, StepKind, StepState, output_prefix
from apps.transcoding.media.manifests import foretold_playlist, segments, with_clearkey

SIDES = st.integers(16, 8192)
RATES = st.sampled_from(["24", "25", "30", "50", "60", "24000/1001", "30000/1001", "120", "10"])


def media(rate: str = "24", seconds: float = 60.0, offset: float = 0.0) -> Media:
    return Media("mov", 1280, 720, seconds, rate, 0.0, offset, interlaced=False)


@given(SIDES, SIDES)
def test_no_rung_is_larger_than_the_source(width: int, height: int) -> None:
    rungs = ladder(width, height)
    assert 1 <= len(rungs) <= 5
    for rung in rungs:
        assert rung.width <= max(width + 1, 2)
        assert rung.height <= max(height + 1, 2)
        assert rung.width % 2 == rung.height % 2 == 0
    assert [r.width * r.height for r in rungs] == sorted(r.width * r.height for r in rungs)
    assert len({rung.name for rung in rungs}) == len(rungs)


def test_common_sources_get_the_common_ladders() -> None:
    def names(width: int, height: int) -> list[str]:
        return [rung.name for rung in ladder(width, height)]

    assert names(1280, 720) == ["240p", "360p", "480p", "720p"]
    assert names(3840, 2160) == ["240p", "360p", "480p", "720p", "1080p"]
    assert names(720, 1280) == ["240p", "360p", "480p", "720p"]
    assert names(160, 120) == ["120p"]
    assert [(r.width, r.height) for r in ladder(1920, 800)][-1] == (1920, 800)


@given(RATES, st.integers(1, 200_000), st.floats(0, 3))
def test_cuts_cover_every_frame_once(rate: str, frames: int, offset: float) -> None:
    film = media(rate, offset=offset)
    found = cuts(film, Index(frames, exact=True))
    assert sum(cut.frames or 0 for cut in found) == frames
    assert len(found) <= CHUNKS_MOST + max(3, -(-frames // film.gop_frames) // CHUNKS_MOST + 1)
    for cut in found[:-1]:
        assert (cut.frames or 0) % film.gop_frames == 0
    first = 0
    for cut in found:
        at = (cut.seek_seconds - film.video_offset_seconds) * film.rate
        assert first - 1 < at < first or (first == 0 and at < 0.5)
        first += cut.frames or 0


def test_the_last_stretch_is_cut_finer_so_that_workers_end_together() -> None:
    found = cuts(media("24"), Index(24 * 55, exact=True))
    assert [(cut.frames or 0) / 24 for cut in found] == [12, 12, 12, 12, 4, 3]


def test_what_cannot_be_cut_is_one_piece() -> None:
    assert [cut.frames for cut in cuts(media(), Index(None, exact=False))] == [None]


@given(RATES)
def test_a_segment_is_about_four_seconds(rate: str) -> None:
    assert abs(float(media(rate).gop_seconds) - 4) < 0.11


def test_an_output_is_named_by_source_asset_and_recipe() -> None:
    def prefix(sha256: str = "a", **parameters: object) -> str:
        asset = uuid4() if "asset" in parameters else ASSET
        job = Job(JobId(uuid4()), uuid4(), uuid4(), asset, 1, Source("k", 1, sha256), (),
                  JobState.RUNNING, datetime.now(UTC))  # fmt: skip
        step = Step(StepId(uuid4()), job.id, "chunk/0", StepKind.CHUNK, StepState.READY,
                    parameters=parameters)  # fmt: skip
        return output_prefix(job, step)

    assert prefix(cut=1) == prefix(cut=1)
    assert len({prefix(cut=1), prefix(cut=2), prefix("b", cut=1), prefix(asset=1)}) == 4


ASSET = uuid4()


def test_patience_differs_by_kind_of_failure() -> None:
    assert not Failure(FailureKind.REJECTED, "c", "r").may_retry(1)
    for kind, attempts in ATTEMPTS.items():
        failure = Failure(kind, "c", "r")
        assert failure.may_retry(attempts - 1) or attempts == 1
        assert not failure.may_retry(attempts)
        assert failure.pause(30).total_seconds() <= 30


def test_a_foretold_playlist_lists_the_whole_film() -> None:
    growing = (
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:EVENT\n"
        '#EXT-X-MAP:URI="video/init.mp4"\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"\n'
        "#EXTINF:4.000,\nvideo/00001.m4s\n"
    )
    told = foretold_playlist(growing, 55.125, Fraction(4))
    assert told.count(".m4s") == segments(55.125, Fraction(4)) == 14
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in told
    assert told.endswith("#EXT-X-ENDLIST\n")
    assert "video/00014.m4s" in told
    assert told.count("#EXT-X-KEY") == 1


def test_clearkey_follows_each_protection_element() -> None:
    element = '<ContentProtection value="cbcs" schemeIdUri="urn:mpeg:dash:mp4protection:2011"/>'
    assert with_clearkey(element * 2).count("ClearKey1.0") == 2
