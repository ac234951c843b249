"""Which days behave alike: seven weekdays, public holidays, and Chinese make-up workdays (调休).

China's days come from the package chinesecalendar (the State Council's yearly notices); the United States' federal
holidays are computed from 5 U.S.C. § 6103; any other place names a file. A zone without a calendar has weekdays only.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bihuan.readers import FileError, read_cells

HOLIDAY = 7
MAKE_UP = 8
COUNT = 9

Holidays = Callable[[date], int | None]  # HOLIDAY, MAKE_UP or None
CHINA_ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "PRC")
US_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Detroit",
    "America/Anchorage",
    "Pacific/Honolulu",
)


class BadHolidays(ValueError):
    """The holiday file cannot be read; says file, line, rule and remedy."""


def no_holidays(_day: date) -> int | None:
    """No calendar: every day is its weekday."""
    return None


def chinese_holidays(day: date) -> int | None:
    """Public holidays and make-up workdays of mainland China; None outside the years the package knows.

    Source: 全国年节及纪念日放假办法 and the State Council's yearly notices, as chinesecalendar has them.
    """
    import chinese_calendar

    try:
        holiday, _name = chinese_calendar.get_holiday_detail(day)
        if not holiday and day.weekday() >= 5:
            return MAKE_UP
        named = holiday and chinese_calendar.get_holiday_detail(day)[1] is not None
    except NotImplementedError:
        return None
    return HOLIDAY if named else None


def federal_holidays(day: date) -> int | None:
    """Federal holidays as observed (5 U.S.C. § 6103; Juneteenth since 2021; Saturday → Friday, Sunday → Monday)."""
    for shift in (0, 1, -1):
        real = day + timedelta(days=shift)
        observed = shift == 0 or real.weekday() == (5 if shift == 1 else 6)
        if observed and _us_real(real):
            return HOLIDAY
    return None


def _us_real(day: date) -> bool:
    fixed = {(1, 1), (7, 4), (11, 11), (12, 25)} | ({(6, 19)} if day.year >= 2021 else set())
    if (day.month, day.day) in fixed:
        return True
    nth = (day.day - 1) // 7 + 1
    if day.weekday() == 0:
        last_of_may = day.month == 5 and day.day > 24
        return last_of_may or (day.month, nth) in {(1, 3), (2, 3), (9, 1), (10, 2)}
    return day.weekday() == 3 and (day.month, nth) == (11, 4)


def read_holidays(path: Path) -> Holidays:
    """Holidays from a CSV file: `date,kind` with kind `holiday` or `workday` (a weekend worked); kind may be absent.

    Raises:
        BadHolidays: a line holds no ISO date or another kind.

    Source: docs/topics/forecast.md (`--holidays`).
    """
    kinds: dict[date, int] = {}
    names = {"": HOLIDAY, "holiday": HOLIDAY, "workday": MAKE_UP}
    for number, row in _lines(path):
        if number == 1 and row[0].strip().lower() == "date":
            continue
        try:
            day, kind = date.fromisoformat(row[0].strip()), names[row[1].strip().lower() if len(row) > 1 else ""]
        except (ValueError, KeyError):
            wanted = "2026-05-01,holiday or 2026-05-09,workday"
            raise BadHolidays(f"{path}:{number}: {','.join(row)!r} is not `date,kind`; write {wanted}") from None
        kinds[day] = kind
    return kinds.get


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        return read_cells(path)
    except FileError as error:
        raise BadHolidays(str(error)) from error


def holidays_of_zone(zone: str) -> Holidays:
    """The calendar that goes with an IANA zone; `no_holidays` where this package has none.

    Source: docs/topics/forecast.md (holidays come with the zone).
    """
    if zone in CHINA_ZONES:
        return chinese_holidays
    return federal_holidays if zone in US_ZONES else no_holidays


def day_kinds(start: date, days: int, holidays: Holidays = no_holidays) -> NDArray[np.intp]:
    """The kind of each day: 0 Monday … 6 Sunday, 7 holiday, 8 make-up workday; shape (days,).

    Source: docs/topics/forecast.md (a holiday is expected to be like a Sunday).
    """
    found = np.empty(days, dtype=np.intp)
    for i in range(days):
        day = start + timedelta(days=i)
        kind = holidays(day)
        found[i] = day.weekday() if kind is None else kind
    return found
