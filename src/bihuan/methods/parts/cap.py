"""Messages of the Common Alerting Protocol 1.2: parsed safely, checked against the schema and what it cannot say.

A file is checked rule by rule, the first that fails names the verdict: `xml` (well formed, no document type, no
entities), `schema` (the OASIS schema), `identifier`, `times`, `polygon`, `references`, `scope`. Rings of many files are
checked in one call of the geometry library.
Source: CAP-v1.2 (OASIS Standard, 2010-07-01) §3.2; DESIGN §14.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from lxml import etree

SPACE = "urn:oasis:names:tc:emergency:cap:1.2"
NS = f"{{{SPACE}}}"
RULES = ("xml", "schema", "identifier", "times", "polygon", "references", "scope")
_NAME = re.compile(r"[^\s,<&]+")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[-+]\d{2}:\d{2}")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)")
_RING = re.compile(rf"\s*{_NUMBER.pattern},{_NUMBER.pattern}(?:\s+{_NUMBER.pattern},{_NUMBER.pattern})*\s*")
_DAY = timedelta(days=1)
_INFO, _AREA, _POLYGON, _CIRCLE = (f"{NS}{name}" for name in ("info", "area", "polygon", "circle"))
_SHAPES, _SENT = frozenset({_POLYGON, _CIRCLE}), f"{NS}sent"
_REFERENCES, _KIND, _SCOPE = (f"{NS}{name}" for name in ("references", "msgType", "scope"))
_WANTED = {"Restricted": "restriction", "Private": "addresses"}
_NAMED = tuple(f"{NS}{name}" for name in ("identifier", "sender"))
_TIMES = tuple(f"{NS}{name}" for name in ("effective", "onset", "expires"))


@dataclass(frozen=True, slots=True)
class CountryBounds:
    """Where a district's country lies, in degrees; tells a swapped position from a far one."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a position lies within."""
        return self.south <= lat <= self.north and self.west <= lon <= self.east


@dataclass(slots=True)
class AlertVerdict:
    """What is known of one file. `rule`: the first that it breaks, "" for none; `root` of what is well formed."""

    rule: str = ""
    root: Any = None
    rings: list[Sequence[tuple[float, float]]] = field(default_factory=list)
    later: str = ""


def parse_alert(raw: bytes) -> Any | None:
    """The root element of a safe XML file, or None.

    Nothing outside the file is read, no entity is expanded; a document type is refused whatever it says.
    Source: CAP-v1.2 §3.3.1 (no DTD); OWASP on external entities.
    """
    try:
        root = etree.fromstring(raw, _parser())
    except etree.XMLSyntaxError:
        return None
    return None if root.getroottree().docinfo.internalDTD is not None else root


@cache
def _parser() -> Any:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, remove_comments=True,
        remove_pis=True, huge_tree=False,
    )  # fmt: skip


@cache
def alert_schema() -> Any:
    """The schema of the standard. Source: CAP-v1.2 appendix A.1."""
    return etree.XMLSchema(etree.parse(str(Path(__file__).with_name("cap-1.2.xsd"))))


def check_alerts(files: Iterable[bytes], bounds: CountryBounds) -> list[AlertVerdict]:
    """The first rule that each file breaks.

    Args:
        files: Their bytes.
        bounds: Of the country; positions outside of it that lie inside once swapped are swapped.

    Source: CAP-v1.2 §3.2.
    """
    found = [_checked(raw, bounds) for raw in files]
    _judge_rings(found)
    return found


def _checked(raw: bytes, bounds: CountryBounds) -> AlertVerdict:
    root = parse_alert(raw)
    if root is None:
        return AlertVerdict("xml")
    if not alert_schema().validate(root):
        return AlertVerdict("schema")
    made = AlertVerdict(root=root)
    said, infos = _parts(root, _INFO)
    told = [_parts(info, _AREA) for info in infos]
    made.rule = "identifier" if not _named(said) else "times" if not _in_order(said, told) else ""
    if made.rule:
        return made
    placed = all(_placed(area, bounds, made.rings) for _, areas in told for area in areas)
    made.rule = "" if placed else "polygon"
    made.later = "references" if not _refers(said) else "scope" if not _scoped(said) else ""
    return made


def _parts(element: Any, apart: str) -> tuple[dict[str, str], list[Any]]:
    """The texts of an element's children by tag, and those children that are read by themselves: one pass."""
    texts: dict[str, str] = {}
    others: list[Any] = []
    for child in element:
        tag = child.tag
        if tag == apart:
            others.append(child)
        else:
            texts[tag] = child.text or ""
    return texts, others


def _judge_rings(found: list[AlertVerdict]) -> None:
    """Refuse rings that cross themselves, all in one call; then what comes after the rings."""
    owners = [(each, ring) for each in found if not each.rule for ring in each.rings]
    if owners:
        flat = np.array([point for _, ring in owners for point in ring], dtype=np.float64)
        index = np.repeat(np.arange(len(owners)), [len(ring) for _, ring in owners])
        valid = shapely.is_valid(shapely.polygons(shapely.linearrings(flat, indices=index)))
        for (each, _), good in zip(owners, valid.tolist(), strict=True):
            if not good:
                each.rule = "polygon"
    for each in found:
        each.rule = each.rule or each.later


def _named(said: Mapping[str, str]) -> bool:
    """Identifier and sender are one word each without commas, < and &. Source: CAP-v1.2 §3.2.1."""
    return all(_NAME.fullmatch(said[tag]) for tag in _NAMED)


def _in_order(said: Mapping[str, str], infos: Sequence[tuple[Mapping[str, str], Any]]) -> bool:
    """Sent, effective, onset, expires come in this order, those that are said. Source: CAP-v1.2 §3.2.2."""
    sent = instant_of(said[_SENT])
    for texts, _ in infos:
        before = sent
        for tag in _TIMES:
            at = instant_of(texts.get(tag))
            if at is None:
                continue
            if before is not None and at < before:
                return False
            before = at
    return True


def instant_of(text: str | None) -> datetime | None:
    """The instant of a `dateTime` of the standard; its midnight may be written 24:00:00. None for nothing.

    Source: XML Schema 1.0 part 2 §3.2.7.
    """
    if not text:
        return None
    if "T24:00:00" in text:
        return datetime.fromisoformat(text.replace("T24:00:00", "T00:00:00")) + _DAY
    return datetime.fromisoformat(text)


def _placed(area: Any, bounds: CountryBounds, rings: list[Sequence[tuple[float, float]]]) -> bool:
    """Whether an area's shapes are well made; its rings are added for the check that they do not cross."""
    shapes = [(tag, each) for each in area if (tag := each.tag) in _SHAPES]
    for shape in (each for tag, each in shapes if tag == _POLYGON):
        points = _ring(shape.text or "")
        if len(points) < 4 or points[0] != points[-1] or _swapped(points, bounds):
            return False
        rings.append(points)
    for shape in (each for tag, each in shapes if tag == _CIRCLE):
        centre, *radius = (shape.text or "").split()[:3] or [""]
        at = _position(centre)
        if at is None or len(radius) != 1 or not _NUMBER.fullmatch(radius[0]) or float(radius[0]) < 0:
            return False
        if _swapped([at], bounds):
            return False
    return True


def _ring(text: str) -> list[tuple[float, float]]:
    """The positions of a ring; none of them when one is wrong."""
    if _RING.fullmatch(text) is None:
        return []
    numbers = list(map(float, text.replace(",", " ").split()))
    lats, lons = numbers[::2], numbers[1::2]
    if min(lats) < -90 or max(lats) > 90 or min(lons) < -180 or max(lons) > 180:
        return []
    return list(zip(lats, lons, strict=True))


def _position(text: str) -> tuple[float, float] | None:
    """Latitude and longitude of `lat,lon` in range. Source: CAP-v1.2 §3.3.3 (WGS 84)."""
    lat, comma, lon = text.partition(",")
    if not comma or not _NUMBER.fullmatch(lat) or not _NUMBER.fullmatch(lon):
        return None
    at = float(lat), float(lon)
    return at if abs(at[0]) <= 90 and abs(at[1]) <= 180 else None


def _swapped(points: Sequence[tuple[float, float]], bounds: CountryBounds) -> bool:
    outside = not any(bounds.holds(lat, lon) for lat, lon in points)
    return outside and all(bounds.holds(lon, lat) for lat, lon in points)


def references_of(text: str | None) -> Iterator[tuple[str, ...]]:
    """The parts of each reference `sender,identifier,sent`. Source: CAP-v1.2 §3.2.1."""
    yield from (tuple(each.split(",")) for each in (text or "").split())


def _refers(said: Mapping[str, str]) -> bool:
    """An update or cancellation names earlier messages whole; whatever is named is named whole."""
    told = said.get(_REFERENCES)
    named = list(references_of(told)) if told else []
    if not named and said[_KIND] in ("Update", "Cancel"):
        return False
    return all(len(each) == 3 and all(each) and _INSTANT.fullmatch(each[2]) for each in named)


def _scoped(said: Mapping[str, str]) -> bool:
    """A restricted message says its restriction, a private one its addresses. Source: CAP-v1.2 §3.2.1."""
    wanted = _WANTED.get(said[_SCOPE])
    return wanted is None or bool(said.get(f"{NS}{wanted}", "").strip())
