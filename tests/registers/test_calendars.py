"""Calendars: the published days, the arithmetic of clocks against a naive count, pausing and resuming."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.registers import derive_calendars
from bihuan.registers.pure.calendar_files import calendar_json, load_calendar, parse_json, parse_year
from bihuan.registers.pure.calendars import Calendar, Remaining
from bihuan.registers.pure.durations import Duration
from bihuan.registers.pure.errors import CalendarUncovered, RegisterError
from bihuan.registers.pure.files import read_yaml

BEIJING = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
COVERED = st.datetimes(datetime(2019, 1, 1), datetime(2026, 6, 30), timezones=st.just(UTC))
LENGTHS = [
    "30min",
    "2h",
    "24h",
    "7 days",
    "7 days, end of day",
    "7 working days",
    "3 working days, same time",
    "end of month",
]
SPANS = st.sampled_from(LENGTHS).map(Duration.parse)


@cache
def china(zone: str = "Asia/Shanghai") -> Calendar:
    return load_calendar("CN", zone)


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2024-02-04", True),  # a Sunday made up for
        ("2024-02-10", False),
        ("2024-02-18", True),
        ("2026-02-17", False),
        ("2026-10-10", True),
        ("2020-01-31", False),  # Spring Festival extended in 2020
        ("2019-05-05", True),  # Labour Day of 2019 rearranged in March
    ],
)
def test_published_days(day: str, worked: bool) -> None:
    assert china().is_workday(date.fromisoformat(day)) is worked


def test_every_day_equals_the_source() -> None:
    day = date(2004, 1, 1)
    while day.year <= 2026:
        assert china().is_workday(day) is chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_shipped_files_are_what_the_source_says_today() -> None:
    for year in range(2004, 2027):
        assert (derive_calendars.FOLDER / f"{year}.yaml").read_text(encoding="utf-8") == derive_calendars.render_year(
            year
        )


@pytest.mark.parametrize(
    ("start", "within", "due"),
    [
        ("2026-05-06 10:00:00", "2h", "2026-05-06 12:00:00"),
        ("2026-05-06 23:30:00", "24h", "2026-05-07 23:30:00"),
        ("2026-09-25 11:00:00", "7 days", "2026-10-02 11:00:00"),  # natural days run through holidays
        ("2026-09-25 11:00:00", "7 working days", "2026-10-12 23:59:59"),  # over National Day, Sat 10-10 worked
        ("2024-02-08 09:00:00", "1 working day", "2024-02-09 23:59:59"),
        ("2024-02-09 09:00:00", "1 working day", "2024-02-18 23:59:59"),  # the next working day is a made-up Sunday
        ("2024-02-12 09:00:00", "1 working day", "2024-02-18 23:59:59"),  # a day off: counting begins on the 18th
        ("2024-02-12 09:00:00", "2 working days", "2024-02-19 23:59:59"),
        ("2026-05-08 17:30:00", "1 working day, same time", "2026-05-09 17:30:00"),  # Saturday 05-09 is worked
        ("2026-02-10 08:00:00", "end of month", "2026-02-28 23:59:59"),
        ("2024-02-29 23:59:59", "end of month", "2024-02-29 23:59:59"),
        ("2026-12-31 12:00:00", "end of month", "2026-12-31 23:59:59"),
    ],
)
def test_golden_deadlines(start: str, within: str, due: str) -> None:
    assert china().add(beijing(start), Duration.parse(within)) == beijing(due)


def test_the_district_decides_which_day_it_is() -> None:
    late = datetime(2026, 5, 6, 16, 30, tzinfo=UTC)  # already 7 May in Beijing
    assert china().add(late, Duration.parse("1 working day")) == beijing("2026-05-08 23:59:59")
    assert china().local_date(late) == date(2026, 5, 7)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-07 02:30:00-05:00", "2026-03-08 03:30:00-04:00"),  # 02:30 is skipped: read with the offset before
        ("2026-03-07 12:00:00-05:00", "2026-03-08 12:00:00-04:00"),  # 23 hours, but the same wall clock
        ("2026-10-31 01:30:00-04:00", "2026-11-01 01:30:00-04:00"),  # 01:30 occurs twice: the first
    ],
)
def test_natural_days_keep_the_wall_clock_through_dst(start: str, due: str) -> None:
    calendar = china("America/New_York")
    assert calendar.add(datetime.fromisoformat(start), Duration.parse("1 day")) == datetime.fromisoformat(due)


def naive_working_days(start: date, count: int) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        count -= chinese_calendar.is_workday(day)
    return day


@given(COVERED, st.integers(1, 60))
def test_working_days_equal_a_naive_count(start: datetime, count: int) -> None:
    last = naive_working_days(start.astimezone(BEIJING).date(), count)
    due = china().add(start, Duration(count, "working_days", "end_of_day"))
    assert due.astimezone(BEIJING).replace(tzinfo=None) == datetime(last.year, last.month, last.day, 23, 59, 59)


@given(COVERED, COVERED, SPANS)
def test_a_later_start_never_falls_due_earlier(first: datetime, second: datetime, span: Duration) -> None:
    first, second = sorted((first, second))
    assert china().add(first, span) <= china().add(second, span)


@given(COVERED, SPANS)
def test_deadlines_lie_ahead_and_are_determined(start: datetime, span: Duration) -> None:
    due = china().add(start, span)
    assert due > start - timedelta(seconds=1)  # only the last second of a month may already have passed
    assert due.tzinfo is UTC
    fresh = Calendar("CN", "Asia/Shanghai", china().schedules, china().statutory)
    assert (fresh.edition, fresh.add(start, span)) == (china().edition, due)
    assert china().due(start, span).at == due
    assert not china().due(start, span).provisional


@given(COVERED, st.integers(1, 90), st.sampled_from(["minutes", "hours", "days", "working_days"]))
def test_between_counts_back_what_was_added(start: datetime, count: int, unit: str) -> None:
    due = china().add(start, Duration(count, unit, "same_time"))  # type: ignore[arg-type]  # drawn from the literals
    assert china().between(start, due, unit) == count  # type: ignore[arg-type]  # the same
    assert china().between(due, start, unit) == -count  # type: ignore[arg-type]  # the same


@given(COVERED, SPANS, st.integers(0, 40 * 86_400))
def test_a_pause_of_no_time_changes_nothing(start: datetime, span: Duration, after: int) -> None:
    due = china().add(start, span)
    at = min(start + timedelta(seconds=after), datetime(2026, 11, 1, tzinfo=UTC))
    left = china().remaining(at, due, span)
    assert china().resume(at, left) == due
    assert Remaining.from_dict(left.as_dict()) == left


@given(COVERED, SPANS, st.integers(0, 6 * 86_400), st.integers(0, 30 * 86_400))
def test_a_longer_pause_never_brings_the_deadline_forward(
    start: datetime, span: Duration, run: int, pause: int
) -> None:
    due = china().add(start, span)
    paused = start + timedelta(seconds=run)
    resumed = paused + timedelta(seconds=pause)
    left = china().remaining(paused, due, span)
    moved = china().resume(resumed, left)
    assert moved >= due
    assert china().remaining(resumed, moved, span) == left or span.unit in ("working_days", "month_end")


def test_working_days_that_are_left_are_kept_over_a_pause() -> None:
    seven = Duration.parse("7 working days")
    due = china().add(beijing("2026-05-11 09:00:00"), seven)
    left = china().remaining(beijing("2026-05-13 09:00:00"), due, seven)
    assert left.days == 5
    resumed = china().resume(beijing("2026-06-15 09:00:00"), left)
    assert resumed == beijing("2026-06-23 23:59:59")  # 16, 17, 18, then Dragon Boat 19–21, 22, 23


def test_a_clock_paused_on_its_last_day_ends_on_a_working_day() -> None:
    span, due = Duration.parse("2 working days"), beijing("2026-05-13 23:59:59")
    left = china().remaining(beijing("2026-05-13 09:00:00"), due, span)
    assert left.days == 0
    assert china().resume(beijing("2026-05-15 09:00:00"), left) == beijing("2026-05-15 23:59:59")
    assert china().resume(beijing("2026-05-17 09:00:00"), left) == beijing("2026-05-18 23:59:59")  # resumed on a Sunday


def test_an_overdue_clock_stays_as_late_as_it_was() -> None:
    span = Duration.parse("2 working days")
    due = beijing("2026-05-13 23:59:59")
    left = china().remaining(due + timedelta(hours=5), due, span)
    assert china().resume(beijing("2026-06-01 12:00:00"), left) == beijing("2026-06-01 07:00:00")


def test_beyond_the_last_published_year_nothing_is_guessed_silently() -> None:
    start, span = beijing("2026-12-28 09:00:00"), Duration.parse("7 working days")
    with pytest.raises(CalendarUncovered, match="2027") as caught:
        china().add(start, span)
    assert "bihuan load calendars" in caught.value.remedy
    due = china().due(start, span)
    assert due.provisional
    assert due.why()["calendar_uncovered"]
    assert due.at == beijing("2027-01-07 23:59:59")  # by weekends; New Year's Day is fixed by law in every year
    assert china().resume(start, china().remaining(start, due.at, span)) == due.at
    assert china().guesses(due.at, span)
    holiday = china().due(beijing("2027-09-30 09:00:00"), Duration.parse("1 working days"))
    assert holiday.at == beijing("2027-10-04 23:59:59")  # the first three days of October, then a Monday
    assert not china().due(start, Duration.parse("7 days")).provisional  # needs no schedule
    with pytest.raises(CalendarUncovered):
        china().is_workday(date(2027, 1, 4))
    with pytest.raises(CalendarUncovered):
        china().due(beijing("2045-01-01 00:00:00"), span)
    with pytest.raises(CalendarUncovered):
        china().due(beijing("2003-01-01 00:00:00"), span)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(RegisterError, match="no zone"):
        china().add(datetime(2026, 1, 1), Duration.parse("2h"))  # that is the point


def test_why_names_the_edition_only_when_it_mattered() -> None:
    start = beijing("2026-05-06 10:00:00")
    why = china().due(start, Duration.parse("7 working days")).why()
    assert (why["calendar"], why["within"], why["last_day"]) == (china().edition, "7 working days", "2026-05-14")
    assert "calendar" not in china().due(start, Duration.parse("2h")).why()


def test_the_edition_names_the_content() -> None:
    schedules = list(china().schedules)
    last = schedules[-1]
    moved = type(last)(**{f: getattr(last, f) for f in last.__slots__} | {"make_up": frozenset({date(2026, 3, 1)})})
    assert Calendar("CN", "Asia/Shanghai", [*schedules[:-1], moved]).edition != china().edition


def document(**changes: object) -> dict[str, object]:
    data: dict[str, object] = read_yaml(derive_calendars.FOLDER / "2026.yaml")
    return data | changes


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"colour": "red"}, "colour"),
        ({"weekend": ["caturday"]}, "caturday"),
        ({"make_up_workdays": [date(2025, 1, 4)]}, "not a date of 2026"),
        ({"make_up_workdays": [date(2026, 10, 1)]}, "both"),
        ({"holidays": [{"zh": "x", "en": "x", "from": date(2026, 5, 2), "to": date(2026, 5, 1)}]}, "ends before"),
        ({"holidays": [{"zh": "x"}]}, "cannot be read"),
        ({"year": "soon"}, "not a number"),
    ],
)
def test_a_wrong_calendar_file_is_named(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint) as caught:
        parse_year(document(**changes), "mine.yaml")
    assert caught.value.where.startswith("mine.yaml")


def test_a_year_may_not_be_missing() -> None:
    with pytest.raises(RegisterError, match="jumps from 2024 to 2026"):
        Calendar("CN", "Asia/Shanghai", [s for s in china().schedules if s.year != 2025])


def test_a_document_survives_the_database() -> None:
    data = document()
    assert parse_json(calendar_json(data), "db") == parse_year(data, "file")
