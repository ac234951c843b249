"""Open or not: the status of the day and the weekly hours, at an instant."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.subjects.pure.availability import HoursFault, available_at, hours_on
from tests.subjects.makers import TOY, declared

MONDAY = date(2026, 3, 2)
PLACE = TOY.replace("states:", "availability: {status: colour, open: [green], hours: hours}\nstates:").replace(
    "  size:", "  hours: {type: text, name: {zh: 时间, en: Hours}}\n  size:"
)


@pytest.mark.parametrize(
    ("text", "day", "spans"),
    [
        ("Mo-Fr 09:00-12:00,13:00-21:00; Sa,Su 10:00-18:00", 0, [("09:00", "12:00"), ("13:00", "21:00")]),
        ("Mo-Fr 09:00-12:00; Sa,Su 10:00-18:00", 5, [("10:00", "18:00")]),
        ("Tu-Su 09:00-17:00", 0, []),
        ("Mo-Su 09:00-17:00; Mo off", 0, []),
        ("Sa-Mo 09:00-17:00", 0, [("09:00", "17:00")]),
    ],
)
def test_weekly_hours(text: str, day: int, spans: list[tuple[str, str]]) -> None:
    told = hours_on(text, MONDAY.replace(day=2 + day))
    assert told == [(time.fromisoformat(a), time.fromisoformat(b)) for a, b in spans]


@pytest.mark.parametrize("text", ["always", "Mo 9-17", "Xx 09:00-17:00", "Mo 17:00-09:00", "Mo 25:00-26:00"])
def test_hours_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(HoursFault):
        hours_on(text, MONDAY)


@pytest.mark.parametrize(
    ("values", "hour", "answer"),
    [
        ({"colour": "green", "hours": "Mo 09:00-17:00"}, 9, (True, "hours")),
        ({"colour": "green", "hours": "Mo 09:00-17:00"}, 17, (False, "hours")),
        ({"colour": "red", "hours": "Mo 09:00-17:00"}, 9, (False, "red")),
        ({"colour": "green"}, 3, (True, "green")),
        ({"hours": "Mo 09:00-17:00"}, 9, None),
        ({"colour": "green", "hours": "sometimes"}, 9, None),
    ],
)
def test_open_at_an_instant(tmp_path: Path, values: dict[str, Any], hour: int, answer: Any) -> None:
    told = available_at(declared(tmp_path, PLACE), values, datetime(2026, 3, 2, hour))
    assert (None if told is None else tuple(told)) == answer


def test_a_field_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="'nothing' is no open field"):
        declared(tmp_path, PLACE.replace("hours: hours", "hours: nothing"))
