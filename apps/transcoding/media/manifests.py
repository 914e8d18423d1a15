"""Manifests after the packager: the ClearKey element, and a starter listed before it is whole."""

import math
import re
from fractions import Fraction
from xml.etree import ElementTree

DASH = "urn:mpeg:dash:schema:mpd:2011"
CLEARKEY = "urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e"
_DYNAMIC = (
    "availabilityStartTime",
    "publishTime",
    "minimumUpdatePeriod",
    "timeShiftBufferDepth",
    "suggestedPresentationDelay",
)

for _prefix, _uri in {
    "": DASH,
    "cenc": "urn:mpeg:cenc:2013",
    "mspr": "urn:microsoft:playready",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}.items():
    ElementTree.register_namespace(_prefix, _uri)


def with_clearkey(mpd: str) -> str:
    """The MPD for test players: each protection element followed by one of ClearKey's."""
    mark = re.compile(
        r'(<ContentProtection[^>]*schemeIdUri="urn:mpeg:dash:mp4protection:2011"[^>]*/>)'
    )
    element = f'<ContentProtection schemeIdUri="{CLEARKEY}" value="ClearKey1.0"/>'
    return mark.sub(lambda found: found.group(1) + element, mpd)


def static_mpd(growing: str, duration_seconds: float) -> str:
    """The MPD of a package that has stopped growing, with the timeline that it came to."""
    return _serialized(_static(growing, duration_seconds))


def foretold_mpd(growing: str, duration_seconds: float, gop_seconds: Fraction) -> str:
    """The MPD of a growing package as if it were whole: every segment is listed by number.

    The encoder runs many times faster than playback, so a player that begins at the start finds
    each segment made; a seek beyond what is made waits at the edge.
    """
    root = _static(growing, duration_seconds)
    for template in root.iter(f"{{{DASH}}}SegmentTemplate"):
        timeline = template.find(f"{{{DASH}}}SegmentTimeline")
        if timeline is not None:
            template.remove(timeline)
        ticks = int(template.get("timescale", "1")) * gop_seconds
        template.set("duration", str(round(ticks)))
        template.set("startNumber", "1")
    return _serialized(root)


def _static(growing: str, duration_seconds: float) -> ElementTree.Element:
    # Our own packager wrote it; nothing of a master stands in it.
    root = ElementTree.fromstring(growing)  # noqa: S314
    for name in _DYNAMIC:
        root.attrib.pop(name, None)
    root.set("type", "static")
    root.set("mediaPresentationDuration", f"PT{duration_seconds:.3f}S")
    for period in root.iter(f"{{{DASH}}}Period"):
        period.attrib.pop("start", None)
    for template in root.iter(f"{{{DASH}}}SegmentTemplate"):
        template.attrib.pop("presentationTimeOffset", None)
    return root


def _serialized(root: ElementTree.Element) -> str:
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def foretold_playlist(growing: str, duration_seconds: float, gop_seconds: Fraction) -> str:
    """The same for an HLS media playlist."""
    header = [
        line
        for line in growing.split("#EXTINF", 1)[0].splitlines()
        if not line.startswith(("#EXT-X-PLAYLIST-TYPE", "#EXT-X-START", "#EXT-X-MEDIA-SEQUENCE"))
    ]
    first = re.search(r"^(.*)00001\.m4s$", growing, re.MULTILINE)
    folder = first.group(1) if first else ""
    lines = [*header[:2], "#EXT-X-PLAYLIST-TYPE:VOD", *header[2:]]
    for number in range(segments(duration_seconds, gop_seconds)):
        rest = duration_seconds - number * float(gop_seconds)
        lines.append(f"#EXTINF:{min(float(gop_seconds), rest):.3f},")
        lines.append(f"{folder}{number + 1:05d}.m4s")
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def segments(duration_seconds: float, gop_seconds: Fraction) -> int:
    """How many segments a film has; a last one of less than a tenth of a second is not counted."""
    return max(1, math.ceil((duration_seconds - 0.1) / float(gop_seconds)))
