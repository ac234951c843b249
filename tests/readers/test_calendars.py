"""Calendars: what is written is read back equal, here and by a foreign library; identity, versions, exceptions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bihuan.readers.calendars import CANCELLED, CONFIRMED, CalendarEntry, NotCalendar, read_calendar, write_calendar

SHANGHAI, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")
STAMP = datetime(2026, 3, 1, 8, tzinfo=UTC)
words = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=90).map(str.strip)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2036, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))
entries = st.builds(
    lambda number, starts, minutes, summary, location, sequence, status: CalendarEntry(
        f"e{number}@example.invalid", starts, starts + timedelta(minutes=minutes), summary, STAMP, location,
        "第一行\n第二行; x, y \\ z", sequence, status,
    ),
    st.integers(0, 10**6), moments, st.integers(1, 600), words, words, st.integers(0, 9),
    st.sampled_from([CONFIRMED, CANCELLED]),
)  # fmt: skip


TWICE = CalendarEntry("e0@x", datetime(2000, 10, 29, tzinfo=UTC), datetime(2000, 10, 29, 0, 1, tzinfo=UTC), "", STAMP)
"""An entry of the first of the two hours that London calls one o'clock that day."""


def in_utc(entry: CalendarEntry) -> CalendarEntry:
    """An entry with its times in UTC."""
    return replace(entry, starts=entry.starts.astimezone(UTC), ends=entry.ends.astimezone(UTC))


@given(st.lists(entries, max_size=5, unique_by=lambda e: e.uid), st.sampled_from([SHANGHAI, LONDON]))
@example([TWICE], LONDON)
def test_what_is_written_is_read_back_equal_by_both(found: list[CalendarEntry], zone: ZoneInfo) -> None:
    text = write_calendar(found, "演出季", zone)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    expected = sorted(found, key=lambda e: (e.starts, e.uid))
    # Of an hour that the clock goes through twice, a file without offsets can name the first only.
    if not any(at.astimezone(zone).fold for e in expected for at in (e.starts, e.ends)):
        # Times of an hour that comes twice equal none of another zone (PEP 495): both sides are compared in UTC.
        assert [in_utc(entry) for entry in read_calendar(text)] == expected
    calendar = icalendar.Calendar.from_ical(text)
    foreign = {str(e["UID"]): e for e in calendar.walk("VEVENT")}
    for entry in expected:
        other = foreign[entry.uid]
        assert str(other["SUMMARY"]) == entry.summary
        assert (int(other["SEQUENCE"]), str(other["STATUS"])) == (entry.sequence, entry.status)
        if not entry.starts.astimezone(zone).fold:
            assert other["DTSTART"].dt.astimezone(UTC) == entry.starts


def test_a_series_with_an_exception_and_an_evening_left_out() -> None:
    start = datetime(2026, 3, 6, 19, 30, tzinfo=SHANGHAI)
    series = CalendarEntry("s@x", start, start + timedelta(hours=2), "周末音乐会", STAMP, rule="FREQ=WEEKLY;COUNT=4",
                           except_at=(start + timedelta(days=7),))  # fmt: skip
    moved = CalendarEntry("s@x", start + timedelta(days=15), start + timedelta(days=15, hours=2), "改期", STAMP,
                          sequence=1, instead_of=start + timedelta(days=14))  # fmt: skip
    assert read_calendar(write_calendar([series, moved], "季", SHANGHAI)) == [series, moved]


def test_every_change_of_offset_stands_in_the_zone() -> None:
    start = datetime(2026, 7, 1, 12, tzinfo=UTC)
    text = write_calendar([CalendarEntry("a@x", start, start + timedelta(hours=1), "a", STAMP)], "n", LONDON)
    zone = next(iter(icalendar.Calendar.from_ical(text).walk("VTIMEZONE"))).to_tz()
    for at in (datetime(2026, 1, 5), datetime(2026, 3, 29, 3), datetime(2026, 7, 1), datetime(2026, 11, 1)):
        assert at.replace(tzinfo=zone).utcoffset() == at.replace(tzinfo=LONDON).utcoffset()
    assert text.count("BEGIN:DAYLIGHT") == 1
    assert write_calendar([], "n", SHANGHAI).count("VTIMEZONE") == 0


@pytest.mark.parametrize(
    "text", ["", "hello", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\nEND:VCALENDAR"]
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(NotCalendar):
        read_calendar(text)
