"""Reads calendar editions: one YAML file per year in a folder per jurisdiction.

The shipped folder is `registers/data/calendars`. A file names its edition, notice and source; unknown fields are
refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from bihuan.registers.pure.calendars import Calendar, Holiday, Statutory, YearSchedule
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.files import read_yaml

SHIPPED = Path(__file__).parent.parent / "data" / "calendars"

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_REQUIRED = {
    "edition",
    "jurisdiction",
    "year",
    "citation",
    "source",
    "verified",
    "weekend",
    "holidays",
    "make_up_workdays",
}


@cache
def load_calendar(jurisdiction: str, zone: str, folder: Path = SHIPPED) -> Calendar:
    """Return the calendar of a jurisdiction in a zone from its yearly files; raises RegisterError naming the file.

    Source: docs/topics/registers.md, "Time" (yearly schedules with an edition, the notice and its source).
    """
    paths = sorted((folder / jurisdiction).glob("*.yaml"))
    if not paths:
        raise RegisterError(
            f"no calendar for jurisdiction {jurisdiction!r}",
            where=str(folder),
            remedy=f"put yearly files into {folder / jurisdiction} or name another jurisdiction in the district file",
        )
    return Calendar(jurisdiction, zone, (read_year(path) for path in paths), statutory_days(jurisdiction, folder))


def statutory_days(jurisdiction: str, folder: Path = SHIPPED) -> tuple[Statutory, ...]:
    """Return the days off that the jurisdiction's law fixes by date; none when the folder says nothing of them.

    Source: 全国年节及纪念日放假办法, as the cited file has it.
    """
    path = folder / f"{jurisdiction}.statutory.yaml"
    if not path.is_file():
        return ()
    data = read_yaml(path)
    law = str(data["citation"]), bool(data["verified"])
    first, rows = data["first_year"], data["days"]
    return tuple(Statutory(first, r["month"], tuple(r["days"]), r["zh"], r["en"], *law) for r in rows)


def read_year(path: Path) -> YearSchedule:
    """Return the schedule in one file. Source: docs/topics/registers.md, "Time" (one file a year)."""
    return parse_year(read_yaml(path), path.name)


def parse_year(data: Any, where: str) -> YearSchedule:
    """Return the schedule in one parsed document; `where` names it in errors.

    Source: docs/adr/0030 (5); docs/topics/registers.md, "Time".
    """
    if not isinstance(data, Mapping):
        raise RegisterError("the file is not a table of fields", where=where, remedy="start from a shipped year file")
    if data.keys() != _REQUIRED:
        odd = sorted(map(str, _REQUIRED ^ data.keys()))
        raise RegisterError(
            f"missing or unknown fields: {', '.join(odd)}", where=where, rule=f"exactly {', '.join(sorted(_REQUIRED))}"
        )
    year = data["year"]
    holidays = tuple(_holiday(row, f"{where} holidays[{i}]") for i, row in enumerate(data["holidays"]))
    make_up = frozenset(data["make_up_workdays"])
    _check_dates(year, holidays, make_up, where)
    return YearSchedule(
        edition=str(data["edition"]),
        jurisdiction=str(data["jurisdiction"]),
        year=year,
        weekend=frozenset(_weekday(name, where) for name in data["weekend"]),
        holidays=holidays,
        make_up=make_up,
        citation=str(data["citation"]),
        verified=bool(data["verified"]),
    )


def calendar_json(data: Any) -> Any:
    """Return a parsed document with its dates as ISO text, as the database keeps it.

    Source: docs/topics/registers.md, "Time" (one file a year)
    """
    if isinstance(data, date):
        return data.isoformat()
    if isinstance(data, Mapping):
        return {str(key): calendar_json(value) for key, value in data.items()}
    return [calendar_json(value) for value in data] if isinstance(data, list) else data


def parse_json(data: Any, where: str) -> YearSchedule:
    """Return the schedule in a document that `calendar_json` wrote.

    Source: docs/topics/registers.md, "Time" (one file a year)
    """
    holidays = [row | {"from": _day(row["from"]), "to": _day(row["to"])} for row in data["holidays"]]
    return parse_year(
        data | {"holidays": holidays, "make_up_workdays": list(map(_day, data["make_up_workdays"]))}, where
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _holiday(row: Any, where: str) -> Holiday:
    try:
        return Holiday(row["from"], row["to"], row["zh"], row["en"])
    except (KeyError, TypeError) as error:
        raise RegisterError(f"holiday cannot be read: {error}", where=where, rule="fields zh, en, from, to") from error


def _weekday(name: Any, where: str) -> int:
    if name not in _WEEKDAYS:
        raise RegisterError(
            f"unknown weekday {name!r}", where=f"{where} weekend", rule=f"one of {', '.join(_WEEKDAYS)}"
        )
    return _WEEKDAYS.index(name)


def _check_dates(year: Any, holidays: tuple[Holiday, ...], make_up: frozenset[Any], where: str) -> None:
    if not isinstance(year, int):
        raise RegisterError(f"year {year!r} is not a number", where=f"{where} year", remedy="write for example 2026")
    for day in [*make_up, *(h.first for h in holidays), *(h.last for h in holidays)]:
        if not isinstance(day, date) or day.year != year:
            raise RegisterError(
                f"{day} is not a date of {year}",
                where=where,
                rule="a year's file holds the days of that year only, written YYYY-MM-DD",
                remedy="move the day to the file of its own year",
            )
    for holiday in holidays:
        if holiday.last < holiday.first:
            raise RegisterError(
                f"{holiday.zh} ends before it begins", where=f"{where} holidays", remedy="swap from and to"
            )
        clash = sorted(day for day in make_up if holiday.first <= day <= holiday.last)
        if clash:
            raise RegisterError(
                f"{clash[0]} is both {holiday.zh} and a make-up workday",
                where=where,
                rule="a day is either off or worked",
                remedy="remove it from one of the two lists",
            )
