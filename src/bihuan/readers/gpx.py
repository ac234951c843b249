"""GPX as phones and watches write it: the fixes of every track, in the order of the file.

A fix is read with its time; points without one, waypoints and routes are left out: they say where, not when.
Source: GPX 1.1 (https://www.topografix.com/GPX/1/1/), trk/trkseg/trkpt; docs/topics/files.md.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from bihuan.faults import Fault


class NotGpx(Fault):
    """A file that is no GPX, or has no track with instants."""

    remedy = "export the walk as GPX 1.1 with times"


class GpxFix(NamedTuple):
    """One fix: name of its track, what the track says of its kind, instant, longitude and latitude as written."""

    track: str
    kind: str
    time: str
    lon: str
    lat: str


def read_gpx(raw: bytes, name: str) -> list[GpxFix]:
    """Return the fixes of every track.

    Args:
        raw: The file. name: For messages.

    Raises:
        NotGpx: no GPX, a document type or entities in it, or no fix that has an instant.

    Source: GPX 1.1, trkpt (lat, lon, time).
    """
    try:
        root = ElementTree.fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NotGpx(f"{name}：不是 GPX · is no GPX: {error}") from error
    if _local(root) != "gpx":
        raise NotGpx(f"{name}：根元素为 {_local(root)}，不是 gpx · its root is {_local(root)}, not gpx")
    found = []
    for number, track in enumerate((each for each in root if _local(each) == "trk"), 1):
        called, kind = _text(track, "name") or str(number), _text(track, "type") or _text(track, "desc")
        for point in track.iter():
            time = _text(point, "time") if _local(point) == "trkpt" else ""
            if time:
                found.append(GpxFix(called, kind, time, point.get("lon", ""), point.get("lat", "")))
    if not found:
        raise NotGpx(f"{name}：没有带时间的定位点 · no track point with a time")
    return found


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Element, name: str) -> str:
    """The text of a child; empty for none."""
    return next(((each.text or "").strip() for each in element if _local(each) == name), "")
