"""Observations are appended, fenced, known as of a vintage, and proven by the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import Series
from bihuan.series.instants import micros
from bihuan.series.store import reading, rows, writing
from tests.series.declaring import hourly

HERE, ELSEWHERE = "110108", "110105"
DAY = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 2, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def series(tmp_path: Path) -> Series:
    return Series("toy-hourly", "toy", "series/toy-hourly.yaml", hourly(tmp_path), "d" * 16)


@pytest.fixture
def here(app_role: None) -> Iterator[None]:
    with in_district(HERE):
        yield


def made(*values: tuple[int, int, int | None, str], arrived: datetime = NOW) -> rows.Rows:
    """Rows of (line, hour, value, flag)."""
    found = rows.empty_rows(len(values))
    for row, (line, hour, value, flag) in zip(found, values, strict=True):
        row["line"], row["at"], row["arrived"] = line, micros(DAY + timedelta(hours=hour)), micros(arrived)
        row["value"], row["flag"] = rows.NONE if value is None else value, ord(flag)
    return found


def writer(series: Series, now: datetime = NOW, district: str = HERE) -> writing.Writer:
    return writing.Writer(series, district, "test", "user:test", now)


def held(series: Series, subject: str, vintage: int | None = None) -> list[tuple[int, int, str]]:
    line = reading.line_of(HERE, series.name, subject)
    assert line is not None
    found = reading.holding_rows([line], DAY - timedelta(days=40), DAY + timedelta(days=40), vintage)
    hours = ((found.rows["at"] - micros(DAY)) // 3_600_000_000).tolist()
    return list(zip(hours, found.rows["value"].tolist(), map(chr, found.rows["flag"].tolist()), strict=True))


def test_values_are_stored_and_read(here: None, series: Series) -> None:
    done = writing.append_rows(
        writer(series),
        made((0, 1, 355, "N"), (1, 1, 20, "N"), (0, 0, None, "X"), (0, -700, 9, "N")),
        ["a", "b"],
        tacit=True,
    )
    assert (done.stored, done.known) == (4, 0)
    assert held(series, "a") == [(-700, 9, "N"), (0, rows.NONE, "X"), (1, 355, "N")]
    latest = reading.latest_values(HERE, series.name)
    assert [(each.subject, each.value, each.flag, each.batch) for each in latest] == [
        ("a", 355, "N", done.batch), ("b", 20, "N", done.batch),
    ]  # fmt: skip


def test_the_same_twice_is_stored_once(here: None, series: Series) -> None:
    given = made((0, 0, 5, "N"), (0, 1, None, "X"))
    writing.append_rows(writer(series), given, ["a"], tacit=True)
    later = made((0, 0, 5, "N"), (0, 1, None, "X"), arrived=NOW + timedelta(hours=1))
    assert writing.append_rows(writer(series), later, ["a"], tacit=True) == writing.Stored(None, 0, 2)
    assert writing.append_rows(writer(series), given, ["a"], tacit=False) == writing.Stored(None, 0, 2)


def test_a_correction_is_a_new_row_and_the_past_is_still_known(here: None, series: Series) -> None:
    first = writing.append_rows(writer(series), made((0, 0, 5, "N"), (0, 1, 6, "N")), ["a"], tacit=True).batch
    second = writing.append_rows(
        writer(series), made((0, 0, 7, "N"), arrived=NOW + timedelta(hours=1)), ["a"], tacit=True
    ).batch
    assert held(series, "a") == [(0, 7, "N"), (1, 6, "N")]
    assert held(series, "a", first) == [(0, 5, "N"), (1, 6, "N")]
    line = reading.line_of(HERE, series.name, "a")
    assert line is not None
    assert reading.versions_of(line, DAY).batches.tolist() == [first, second]


def test_what_arrived_earlier_is_stored_and_does_not_hold(here: None, series: Series) -> None:
    writing.append_rows(writer(series), made((0, 0, 5, "N")), ["a"], tacit=False)
    early = made((0, 0, 4, "N"), arrived=NOW - timedelta(hours=1))
    assert writing.append_rows(writer(series), early, ["a"], tacit=False).stored == 1
    assert held(series, "a") == [(0, 5, "N")]
    assert reading.latest_values(HERE, series.name)[0].value == 5


def test_another_unit_or_precision_is_refused(here: None, series: Series, tmp_path: Path) -> None:
    writing.append_rows(writer(series), made((0, 0, 5, "N")), ["a"], tacit=True)
    other = Series(series.name, "toy", series.file, hourly(tmp_path, precision="2"), series.digest)
    with pytest.raises(writing.ChangedMeaning, match="1 decimals"):
        writing.append_rows(writer(other), made((0, 1, 5, "N")), ["a"], tacit=True)


def test_a_batch_is_one_statement_with_the_root_of_its_rows(here: None, series: Series) -> None:
    given = made((1, 0, 5, "N"), (0, 3, None, "X"), (0, 2, 8, "L"))
    done = writing.append_rows(writer(series), given, ["a", "b"], tacit=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.root, b.first_at, b.last_at, s.body->>'root', s.body->>'rows' FROM series_batch b "
            "JOIN ledger_statement s ON s.id = b.statement_id WHERE b.id = %s", [done.batch],
        )  # fmt: skip
        root, first, last, stated, count = cursor.fetchone()
    assert (bytes(root).hex(), "3") == (stated, count)
    stored = rows.in_order(reading.batch_rows(done.batch or 0, first, last))
    heads = [writing.head_of(series, subject) for subject in ("a", "b")]
    assert rows.batch_root(stored, heads).hex() == stated
    stored["value"][0] += 1
    assert rows.batch_root(stored, heads).hex() != stated


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def test_rows_are_fenced_and_neither_changed_nor_reached_past_the_fence(here: None, series: Series) -> None:
    writing.append_rows(writer(series), made((0, 0, 5, "N")), ["a"], tacit=True)
    for statement in ("UPDATE series_observation SET value = 1", "DELETE FROM series_observation",
                      "SELECT * FROM series_observation_2026_03", "INSERT INTO series_observation_2026_03 "
                      "SELECT * FROM series_observation", "UPDATE series_batch SET rows = 0"):  # fmt: skip
        with pytest.raises(DatabaseError, match=r"permission denied|append-only"), transaction.atomic():
            sql(statement)
    line = reading.line_of(HERE, series.name, "a")
    sql("SELECT set_config('bihuan.district', %s, true)", ELSEWHERE)
    assert sql("SELECT count(*) FROM series_observation") == [(0,)]
    assert reading.latest_values(HERE, series.name) == []
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        sql("INSERT INTO series_observation (at, arrived, value, line, batch, flag) VALUES (%s, %s, 1, %s, 1, 'N')",
            DAY, NOW, line)  # fmt: skip


def test_the_owner_cannot_change_an_observation_either(series: Series) -> None:
    with in_district(HERE):
        writing.append_rows(writer(series), made((0, 0, 5, "N")), ["a"], tacit=True)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            sql("UPDATE series_observation SET value = 1")


def test_months_are_made_once_and_no_century_of_them(here: None) -> None:
    first, last = datetime(2031, 11, 30, 23, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
    assert writing.ensure_months(first, last) == 3
    assert writing.ensure_months(first, last) == 0
    with pytest.raises(DatabaseError, match="no span"), transaction.atomic():
        writing.ensure_months(first, last + timedelta(days=40_000))


VALUES = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, 3), st.integers(0, 2), st.none() | st.integers(-3, 3), st.sampled_from("NLX")
    ),
    max_size=30,
)


@given(VALUES, st.randoms(use_true_random=False))
def test_what_holds_does_not_depend_on_the_order(values: list[Any], dice: Any) -> None:
    def holding(given: list[Any]) -> list[Any]:
        found = rows.empty_rows(len(given))
        for row, (line, at, arrived, value, flag) in zip(found, given, strict=True):
            row["line"], row["at"], row["arrived"], row["flag"] = line, at, arrived, ord(flag)
            row["value"] = rows.NONE if value is None else value
        return rows.last_of_instants(rows.in_order(found)).tolist()

    shuffled = list(values)
    dice.shuffle(shuffled)
    assert holding(values) == holding(shuffled)
    best: dict[tuple[int, int], tuple[Any, ...]] = {}
    for line, at, arrived, value, flag in values:
        rank = (arrived, rows.NONE if value is None else value, ord(flag))
        best[line, at] = max(best.get((line, at), rank), rank)
    assert {(row[0], row[1]): (row[2], row[3], row[4]) for row in holding(values)} == best


def test_the_bytes_of_copy_are_those_of_postgresql() -> None:
    given = made((7, 0, 5, "N"))
    assert b"".join(rows.copy_bytes(given, 3)).startswith(
        b"PGCOPY\n\xff\r\n\x00" + bytes(8) + b"\x00\x08\x00\x00\x00\x08"
    )
    assert np.frombuffer(rows.copy_bytes(given, 3)[1], ">i4", 1, 2 + 12 * 3)[0] == 4
