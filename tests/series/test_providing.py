"""Limits from registers and tables, valid at the hour; neighbours by group; a late value restates a closed month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.rules.book import RuleBook, read_editions
from bihuan.series.rules import SeriesLimit
from tests.watches.toys import HERE, forget, permit, rows, write_toys

pytestmark = pytest.mark.django_db
TABLE = """
table: toy_limit
edition: "1"
name: {zh: 限值, en: Limit}
source: for tests
citation: none
verified: false
jurisdiction: "*"
effective_from: 2026-01-01
inputs: [{name: status, kind: code, values: [old, valid]}]
outputs: [{name: limit, kind: number, unit: mg/m3}]
rows:
  - {status: old, limit: 20}
  - {status: valid, limit: 10}
"""
SERIES = """
name: {zh: 玩具浓度, en: Toy concentration}
subject: toy-permit
quantity: {zh: 浓度, en: Concentration}
unit: mg/m3
averaging: 1 h
label: end
zone: Asia/Shanghai
precision: 1
alarms: [{name: over, kind: above, limit: {field: cap}}]
"""
Z = """
name: {zh: 偏离, en: Deviation}
subject: toy-permit
quantity: {zh: 偏离, en: Deviation}
unit: "1"
zone: Asia/Shanghai
precision: 1
derive: {from: toy-mg, statistic: robust_z, neighbours: 3, group: holder}
"""


@pytest.fixture
def toys(db: None) -> Iterator[None]:
    import shutil

    from bihuan.server.home import current_home
    from tests.shipped import load_shipped
    from tests.watches.toys import PERMIT, VISIT

    load_shipped()
    series = {"toy-mg": SERIES, "toy-z": Z}
    folder = write_toys(current_home().path, {}, series=series)
    capped = "  cap: {type: decimal, unit: ug/m3, name: {zh: 限值, en: Cap}}\n"
    (folder / "subjects" / "toy-permit.yaml").write_text(PERMIT + capped, encoding="utf-8")
    (folder / "subjects" / "toy-visit.yaml").write_text(VISIT, encoding="utf-8")
    forget()
    yield
    shutil.rmtree(folder, ignore_errors=True)
    forget()


def limits(tables: list[Any] | None = None) -> Any:
    from bihuan.series.providing import DeclaredLimits

    return DeclaredLimits(HERE, current_registers().calendar, tables or [])


def told(found: Any) -> list[tuple[str, Fraction, str]]:
    def day(micros: int) -> str:
        return datetime.fromtimestamp(micros / 1e6, UTC).astimezone().date().isoformat()

    return [(day(each.first), each.value, each.unit) for each in found]


def test_a_field_is_a_limit_in_the_version_of_that_day(toys: None) -> None:
    permit("p1", date(2026, 1, 1), cap="10000")
    permit("p1", date(2026, 3, 1), cap="10000", status="old")  # another field: no new limit
    permit("p1", date(2026, 6, 1), cap="8000.5")
    found = limits().in_force("toy-permit", "p1", SeriesLimit(field="cap"))
    assert [(each.value, each.unit) for each in found] == [(Fraction(10000), "ug/m3"), (Fraction("8000.5"), "ug/m3")]
    assert found[0].end == found[1].first
    rows("toy-visit", date(2026, 2, 1), [("v1", {"permit": "p1"})])
    far = limits().in_force("toy-visit", "v1", SeriesLimit(field="permit.cap"))
    assert [each.value for each in far] == [Fraction(10000), Fraction("8000.5")]
    assert far[0].first > found[0].first, "not before the visit itself"
    assert limits().in_force("nothing", "v1", SeriesLimit(field="cap")) == ()


def test_a_row_of_a_table_is_a_limit_by_what_the_subject_says(toys: None) -> None:
    permit("p1", date(2025, 6, 1), status="old")
    permit("p1", date(2026, 4, 1), status="valid")
    book = RuleBook(read_editions("toy.yaml", TABLE))
    found = limits([book]).in_force("toy-permit", "p1", SeriesLimit(table="toy_limit"))
    assert [each.value for each in found] == [Fraction(20), Fraction(10)]
    assert "toy_limit 1 row" in found[0].cited


def _store(values: list[tuple[str, datetime, int]], now: datetime) -> None:
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.instants import micros
    from bihuan.series.store import rows as store_rows
    from bihuan.series.store import writing

    subjects = sorted({key for key, _, _ in values})
    found = store_rows.empty_rows(len(values))
    for row, (key, at, value) in zip(found, values, strict=True):
        row["line"], row["at"], row["arrived"] = subjects.index(key), micros(at), micros(now)
        row["value"], row["flag"] = value, ord("N")
    writer = writing.Writer(current_catalogue().get("toy-mg"), HERE, "test", "user:test", now, True)
    with in_district(HERE):
        writing.append_rows(writer, found, subjects, tacit=False)


def test_an_alarm_takes_its_limit_from_the_register_and_converts_its_unit(toys: None) -> None:
    from bihuan.series.background import limits_of
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.following import follow_touched
    from bihuan.series.incidents import incidents_on_record
    from bihuan.series.store.reading import line_of

    permit("p1", date(2026, 1, 1), cap="10000")  # 10 mg/m3
    at = datetime(2026, 3, 1, 4, tzinfo=UTC)
    _store([("p1", at, 100)], at)  # equal is not beyond
    _store([("p1", at.replace(hour=5), 101)], at.replace(hour=6))
    catalogue = current_catalogue()
    with in_district(HERE):
        while follow_touched(HERE, catalogue, at.replace(hour=7), limits_of(catalogue, HERE)):
            pass
        line = line_of(HERE, "toy-mg", "p1")
        assert [(rule, each.peak) for rule, each in incidents_on_record(line or 0)] == [("over", 101)]


def test_neighbours_are_compared_within_their_group(toys: None) -> None:
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.following import follow_touched
    from bihuan.series.store.reading import latest_values

    for n in range(10):
        permit(f"p{n}", holder="north" if n < 5 else "south")
    at = datetime(2026, 3, 1, 4, tzinfo=UTC)
    _store([(f"p{n}", at, 100 + n if n < 5 else 900 + n) for n in range(10)], at)
    while follow_touched(HERE, current_catalogue(), at):
        pass
    with in_district(HERE):
        found = {each.subject: each.value for each in latest_values(HERE, "toy-z")}
    assert len(found) == 10
    assert all(value is not None and abs(value) < 30 for value in found.values()), "nobody is far from their own group"


def test_a_late_value_restates_a_closed_month(toys: None) -> None:
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.closing import PeriodClosed, close_month, restate_closed
    from bihuan.series.models import ClosedPeriod

    catalogue, now = current_catalogue(), datetime(2026, 4, 2, tzinfo=UTC)
    at = datetime(2026, 3, 1, 4, tzinfo=UTC)
    _store([("p1", at, 100)], at)
    closed = close_month(HERE, catalogue.get("toy-mg"), "2026-03", "user:test", now)
    assert (closed.sequence, closed.values) == (0, 1)
    with pytest.raises(PeriodClosed):
        close_month(HERE, catalogue.get("toy-mg"), "2026-03", "user:test", now)
    assert restate_closed(HERE, catalogue, now) == 0
    _store([("p1", at.replace(hour=6), 90)], now)
    assert restate_closed(HERE, catalogue, now) == 1
    assert restate_closed(HERE, catalogue, now) == 0
    with in_district(HERE):
        assert list(ClosedPeriod.objects.order_by("sequence").values_list("sequence", "values")) == [(0, 1), (1, 2)]
