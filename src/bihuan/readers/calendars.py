"""iCalendar files: entries with a lasting identity, written with their time zone, and read back.

Lines end in CRLF and are folded at 75 octets; texts are escaped; times stand in their zone with a VTIMEZONE that holds
every change of offset of the years in question. An entry keeps its UID for ever; a change raises SEQUENCE, an entry
that will not happen stays in the file as CANCELLED, so that programs which have it take it away. An exception of a
series has the series' UID and a RECURRENCE-ID.
Source: RFC 5545 (3.1, 3.3.11, 3.6.1, 3.6.5, 3.8.4.7, 3.8.7.4); RFC 7986 (NAME).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

FOLD = 75
CONFIRMED, TENTATIVE, CANCELLED = "CONFIRMED", "TENTATIVE", "CANCELLED"
_ESCAPES = (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n"))
_ESCAPED = re.compile(r"\\([\\;,nN])")
_LOCAL = "%Y%m%dT%H%M%S"


class NotCalendar(ValueError):
    """A file that is no iCalendar file, or one with a time that cannot be read."""


@dataclass(frozen=True)
class CalendarEntry:
    """One VEVENT.

    Args:
        uid: For ever. starts, ends: Aware. summary, location, description: As written.
        sequence: Of the version. status: CONFIRMED, TENTATIVE or CANCELLED. stamp: When this version was made; aware.
        rule: An RRULE, or empty. except_at: Starts that the rule leaves out. instead_of: The start of the occurrence of
            a series which this entry replaces.
    """

    uid: str
    starts: datetime
    ends: datetime
    summary: str
    stamp: datetime
    location: str = ""
    description: str = ""
    sequence: int = 0
    status: str = CONFIRMED
    rule: str = ""
    except_at: tuple[datetime, ...] = ()
    instead_of: datetime | None = None


def write_calendar(entries: Sequence[CalendarEntry], name: str, zone: ZoneInfo) -> str:
    """Write a calendar, entries in the order of their starts and UIDs.

    Source: RFC 5545 (3.4, 3.6).
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bihuan//calendar//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"NAME:{_escaped(name)}", f"X-WR-CALNAME:{_escaped(name)}"]
    if entries:
        years = [each.starts.astimezone(zone).year for each in entries] + [
            e.ends.astimezone(zone).year for e in entries
        ]
        lines += _time_zone(zone, min(years), max(years))
    for entry in sorted(entries, key=lambda each: (each.starts, each.uid, each.instead_of or each.starts)):
        lines += _event(entry, zone)
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def read_calendar(text: str) -> list[CalendarEntry]:
    """Read the entries of a calendar in their order; other components are passed over.

    Raises:
        NotCalendar: it is no calendar, or an entry lacks its UID, its times, or has one that cannot be read.

    Source: RFC 5545 (3.1, 3.6.1).
    """
    lines = re.sub(r"\r?\n[ \t]", "", text).replace("\r\n", "\n").split("\n")
    if lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise NotCalendar("不是 iCalendar 文件 · it does not begin with BEGIN:VCALENDAR")
    found: list[CalendarEntry] = []
    inside: list[tuple[str, str, str]] | None = None
    for line in lines:
        if line == "BEGIN:VEVENT":
            inside = []
        elif line == "END:VEVENT" and inside is not None:
            found.append(_entry(inside))
            inside = None
        elif inside is not None and ":" in line:
            head, _, value = line.partition(":")
            name, _, parameters = head.partition(";")
            inside.append((name.upper(), parameters, value))
    return found


def _event(entry: CalendarEntry, zone: ZoneInfo) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}"
    yield f"DTSTAMP:{entry.stamp.astimezone(UTC):{_LOCAL}}Z"
    yield f"DTSTART;TZID={zone.key}:{entry.starts.astimezone(zone):{_LOCAL}}"
    yield f"DTEND;TZID={zone.key}:{entry.ends.astimezone(zone):{_LOCAL}}"
    if entry.instead_of is not None:
        yield f"RECURRENCE-ID;TZID={zone.key}:{entry.instead_of.astimezone(zone):{_LOCAL}}"
    if entry.rule:
        yield f"RRULE:{entry.rule}"
    for at in entry.except_at:
        yield f"EXDATE;TZID={zone.key}:{at.astimezone(zone):{_LOCAL}}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"STATUS:{entry.status}"
    yield f"SUMMARY:{_escaped(entry.summary)}"
    for field, value in (("LOCATION", entry.location), ("DESCRIPTION", entry.description)):
        if value:
            yield f"{field}:{_escaped(value)}"
    yield "END:VEVENT"


def _time_zone(zone: ZoneInfo, first: int, last: int) -> Iterator[str]:
    """The offset at the beginning of the first year, and every change until the end of the last."""
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone.key}"
    start = datetime(first, 1, 1, tzinfo=zone)
    yield from _observance(start.replace(tzinfo=None), start, start)
    before = start.astimezone(UTC)
    while before.year <= last:
        after = before + timedelta(days=1)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            change = _change(before, after, zone)
            earlier = (change - timedelta(minutes=1)).astimezone(zone)
            yield from _observance((change + (earlier.utcoffset() or timedelta())).replace(tzinfo=None), earlier,
                                   change.astimezone(zone))  # fmt: skip
        before = after
    yield "END:VTIMEZONE"


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The minute at which the offset changes."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _observance(onset: datetime, before: datetime, at: datetime) -> Iterator[str]:
    kind = "DAYLIGHT" if at.dst() else "STANDARD"
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{onset:{_LOCAL}}"
    yield f"TZOFFSETFROM:{before:%z}"
    yield f"TZOFFSETTO:{at:%z}"
    yield f"TZNAME:{at.tzname()}"
    yield f"END:{kind}"


def _entry(lines: Sequence[tuple[str, str, str]]) -> CalendarEntry:
    one = {name: (parameters, value) for name, parameters, value in lines}
    missing = [name for name in ("UID", "DTSTART", "DTEND", "DTSTAMP") if name not in one]
    if missing:
        raise NotCalendar(f"条目缺少 {missing[0]} · an entry has no {missing[0]}")

    def text(name: str) -> str:
        return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], one[name][1]) if name in one else ""

    return CalendarEntry(
        text("UID"), _instant(*one["DTSTART"]), _instant(*one["DTEND"]), text("SUMMARY"), _instant(*one["DTSTAMP"]),
        text("LOCATION"), text("DESCRIPTION"), int(text("SEQUENCE") or 0), text("STATUS") or CONFIRMED,
        one["RRULE"][1] if "RRULE" in one else "",
        tuple(_instant(p, at) for name, p, value in lines if name == "EXDATE" for at in value.split(",")),
        _instant(*one["RECURRENCE-ID"]) if "RECURRENCE-ID" in one else None,
    )  # fmt: skip


def _instant(parameters: str, value: str) -> datetime:
    try:
        if value.endswith("Z"):
            return datetime.strptime(value, f"{_LOCAL}Z").replace(tzinfo=UTC)
        zone = next(p.partition("=")[2] for p in parameters.split(";") if p.upper().startswith("TZID="))
        return datetime.strptime(value, _LOCAL).replace(tzinfo=ZoneInfo(zone.strip('"')))
    except (ValueError, StopIteration, KeyError) as error:
        raise NotCalendar(f"时间不可读 · a time cannot be read: {value!r}") from error


def _escaped(text: str) -> str:
    for plain, escaped in _ESCAPES:
        text = text.replace(plain, escaped)
    return text.replace("\r", "")


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets; no character is cut."""
    piece, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > FOLD:
            yield piece
            piece, size = " ", 1
        piece += character
        size += width
    yield piece
