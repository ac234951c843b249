"""Bad input of the block of sensing, environment and broadcast: each method names what is wrong, or rejects the row."""

from __future__ import annotations

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.faults import Fault
from bihuan.methods.declared.finding import method_named
from tests.methods.running import run

METHODS = ("aqi", "air-days", "air-year", "air-warning", "water-class", "trophic", "cwqi", "black-water",
           "soil-rate", "carbon", "permit-exceed", "tamper", "alarms", "twin-state", "broadcast-plan",
           "broadcast-coverage", "drain-trace")  # fmt: skip

NEEDED: dict[str, dict[str, str]] = {
    "air-days": {"hour_label": "end", "co_unit": "mg/m3"}, "air-year": {"hour_label": "end", "co_unit": "mg/m3", "from": "2025-01-01", "to": "2025-12-31"},
    "tamper": {"limit": "50", "detection_limit": "1"}, "broadcast-coverage": {"message": "M1"},
    "twin-state": {"at": "2025-01-01T00:00:00+08:00", "known": "2025-01-01T00:00:00+08:00"},
}  # fmt: skip


def head(name: str, number: int) -> str:
    """The header of one input, with every column that it must have."""
    columns = method_named(name).inputs[number].columns
    return ",".join(each.name for each in columns)


def texts(name: str) -> list[str]:
    return [head(name, number) + "\n" for number in range(len(method_named(name).inputs))]


@pytest.mark.parametrize("name", METHODS)
def test_a_missing_column_is_named(name: str) -> None:
    given, first = texts(name), method_named(name).inputs[0]
    missing = next(each.name for each in first.columns if each.required)
    given[0] = ",".join(each.name for each in first.columns if each.name != missing) + "\n"
    with pytest.raises((Fault, DeclarationError), match=missing):
        run(name, *given, **NEEDED.get(name, {}))


@pytest.mark.parametrize("name", METHODS)
def test_a_file_of_nothing_is_told_as_one(name: str) -> None:
    with pytest.raises((Fault, DeclarationError)):
        run(name, *(b"" for _ in texts(name)), **NEEDED.get(name, {}))


@pytest.mark.parametrize("name", METHODS)
def test_a_row_of_nonsense_is_rejected_with_file_line_field_and_remedy(name: str) -> None:
    given = texts(name)
    count = given[0].count(",") + 1
    given[0] += ",".join(["2026-02-30T99:00"] * count) + "\n"
    _, outcome = run(name, *given, **NEEDED.get(name, {}))
    assert outcome.rejects
    for each in outcome.rejects:
        assert (each.file, each.row) == ("input0.csv", 2)
        assert each.field
        assert each.rule
        assert each.remedy
