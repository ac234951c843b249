"""From a file of any house's form to observations: each row is read, or rejected with file, line, rule and remedy.

    subject,time,value[,flag][,unit][,arrived]        columns in any order, others are left alone

Equal input stores nothing a second time. Two values for one instant, of which no arrival says which is later, are
both rejected: no row is chosen by its place in a file. Source: docs/adr/0255; docs/topics/series.md.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from bihuan.declare.problems import Problem
from bihuan.faults import Fault
from bihuan.readers import Batch, FileTable, file_error, open_tables
from bihuan.readers.table import plain_column_name
from bihuan.series.catalogue import Series
from bihuan.series.declared import DAY, MeasuringSource
from bihuan.series.instants import SECOND, SeriesClock, micros
from bihuan.series.store.rows import NONE, Rows, empty_rows
from bihuan.series.values import ValueMeaning, ValueRefusal

NEEDED = ("subject", "time", "value")
OPTIONAL = ("flag", "unit", "arrived")
SHOWN = 100
"""Rejected rows that an answer carries; all of them go to the rejects file."""
CHUNK = 2_000_000
"""Rows of one vintage at most; memory stays below 150 MB."""
AHEAD = DAY * SECOND
_EARLIEST = -631_152_000 * SECOND  # 1950
_FUTURE, _PAST = "晚于现在 · lies in the future", "早于1950年 · is before 1950"
_CHECK = "核对时间和时区 · check the instant and its zone"
_TWO_VALUES = (
    "同一时刻有两个不同的值 · two different values for one instant",
    "一时一值 · one instant, one value",
    "删去错误的一行，或加一列 arrived 写明先后 · remove the wrong one, or say in `arrived` which came later",
)


@dataclass(frozen=True)
class Reading:
    """How a file is read.

    Args:
        unit: Of all its values; empty: a column or the source says it.
        zone: Of instants that say none; empty: the series' own.
        source: The declared source, or None.
        columns: What the file calls `subject`, `time`, …
        now: Nothing is of later than a day after this.
    """

    now: datetime
    unit: str = ""
    zone: str = ""
    source: MeasuringSource | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Chunk:
    """Rows that were read: `rows.line` is an index into `subjects`; `tacit`: the file says no arrival."""

    rows: Rows
    subjects: list[str]
    tacit: bool
    rounded: int


def read_observations(path: Path, series: Series, how: Reading, reject: Callable[[Problem], None]) -> Iterator[Chunk]:
    """Read a file, up to two million rows at a time.

    Args:
        path: CSV, XLSX, JSON lines or Parquet, plain or packed.
        series: What it holds values of.
        how: See `Reading`.
        reject: Takes each row that is not read.

    Raises:
        FileError: nothing can be read, or a needed column is missing.
        Fault: no unit is said anywhere, or it measures something else.

    Source: docs/adr/0255 (5), a missing unit is refused.
    """
    for table in open_tables(path, [how.columns.get(name, name) for name in NEEDED]):
        yield from read_table(table, series, how, reject)


def read_table(table: FileTable, series: Series, how: Reading, reject: Callable[[Problem], None]) -> Iterator[Chunk]:
    """Read one table of observations; see `read_observations`."""
    return _TableReader(table, series, how, reject).chunks()


def table_of(records: Sequence[Mapping[str, Any]], name: str = "request") -> FileTable:
    """Return records that a program sent as a table; the first is row 1."""
    given = [column for column in (*NEEDED, *OPTIONAL) if column in NEEDED or any(column in each for each in records)]
    columns = {column: [each.get(column) for each in records] for column in given}
    batch = Batch(list(range(1, len(records) + 1)), columns)
    return FileTable(name, given, lambda: iter([batch]))


class _TableReader:
    def __init__(self, table: FileTable, series: Series, how: Reading, reject: Callable[[Problem], None]) -> None:
        self.table, self.series, self.how, self.reject = table, series, how, reject
        self.names = _column_names(table, how.columns)
        if "unit" not in self.names and not self._said_unit():
            raise Fault(
                f"{table.name}：没有写明单位 · no unit is said",
                f"用 --unit 写明，或加一列 unit · name it with --unit (the series is in {series.declared.unit}), "
                "or add a column unit",
            )
        self.clock = SeriesClock(series.declared, how.zone)
        self.meanings: dict[str, ValueMeaning] = {}
        if self._said_unit():
            self._meaning(self._said_unit())  # a unit that does not fit is said before anything is read
        self.latest = micros(how.now) + AHEAD
        self._begin()

    def chunks(self) -> Iterator[Chunk]:
        for batch in self.table.batches():
            for fault in batch.faults:
                what, rule, remedy = fault.words()
                self.reject(Problem(self.table.name, fault.line, fault.field, what, rule, remedy))
            self._take(batch.lines, {name: batch.columns[column] for name, column in self.names.items()})
            if len(self.lines) >= CHUNK:
                yield self._finish()
        for fault in self.table.damage:
            what, rule, remedy = fault.words()
            self.reject(Problem(self.table.name, fault.line, fault.field, what, rule, remedy))
        if len(self.lines):
            yield self._finish()

    def _begin(self) -> None:
        self.subjects: dict[str, int] = {}
        self.lines, self.at, self.arrived, self.value = array("q"), array("q"), array("q"), array("q")
        self.subject, self.flag, self.rounded = array("i"), array("B"), 0

    def _take(self, lines: list[int], columns: Mapping[str, list[Any]]) -> None:
        nothing: list[Any] = [None] * len(lines)
        given = [columns.get(name, nothing) for name in (*NEEDED, *OPTIONAL)]
        for line, subject, time, value, flag, unit, arrived in zip(lines, *given, strict=True):
            refusal = self._row(line, subject, time, value, flag, unit, arrived)
            if refusal is not None:
                name = self.names.get(refusal.field, refusal.field)
                self.reject(Problem(self.table.name, line, name, refusal.rule, refusal.rule, refusal.remedy))

    def _row(
        self, line: int, subject: Any, time: Any, value: Any, flag: Any, unit: Any, arrived: Any
    ) -> ValueRefusal | None:
        key = _key(subject)
        if isinstance(key, ValueRefusal):
            return key
        at = self.clock.read(time)
        if isinstance(at, ValueRefusal):
            return at
        if not _EARLIEST <= at <= self.latest:
            return ValueRefusal(
                "time", f"{time} {_FUTURE[0] if at > self.latest else '早于1950年 · is before 1950'}", _FUTURE[1]
            )
        meaning = self._meaning_of(unit)
        if isinstance(meaning, ValueRefusal):
            return meaning
        kept = meaning.read(_text(value), _text(flag))
        if isinstance(kept, ValueRefusal):
            return kept
        came = NONE if arrived in (None, "") else self.clock.arrival(arrived)
        if isinstance(came, ValueRefusal):
            return ValueRefusal("arrived", came.rule, came.remedy)
        self.lines.append(line)
        self.subject.append(self.subjects.setdefault(key, len(self.subjects)))
        self.at.append(at)
        self.arrived.append(came)
        self.value.append(NONE if kept.value is None else kept.value)
        self.flag.append(ord(kept.flag))
        self.rounded += kept.rounded
        return None

    def _said_unit(self) -> str:
        return self.how.unit or (self.how.source.unit if self.how.source else "")

    def _meaning(self, unit: str) -> ValueMeaning:
        if unit not in self.meanings:
            flags = self.how.source.flags if self.how.source else {}
            self.meanings[unit] = ValueMeaning(self.series.declared, unit, flags)
        return self.meanings[unit]

    def _meaning_of(self, unit: Any) -> ValueMeaning | ValueRefusal:
        said = _text(unit).strip() or ("" if "unit" in self.names else self._said_unit())
        try:
            return self._meaning(said)
        except Fault as fault:
            return ValueRefusal("unit", fault.message, fault.remedy)

    def _finish(self) -> Chunk:
        rows = empty_rows(len(self.lines))
        for name, values in (
            ("line", self.subject), ("at", self.at), ("value", self.value), ("flag", self.flag)
        ):  # fmt: skip
            rows[name] = np.frombuffer(values, values.typecode)
        arrived = np.frombuffer(self.arrived, np.int64)
        tacit = arrived == NONE
        rows["arrived"] = np.where(tacit, micros(self.how.now), arrived)
        kept = self._without_contradictions(rows, tacit)
        chunk = Chunk(rows[kept], list(self.subjects), bool(tacit.all()), self.rounded)
        self._begin()
        return chunk

    def _without_contradictions(self, rows: Rows, tacit: Any) -> Any:
        """Which rows stay: of one instant that arrived together and differ, none does."""
        kept = np.ones(len(rows), bool)
        order = np.lexsort((rows["arrived"], rows["at"], rows["line"]))
        found = rows[order]
        same = np.ones(max(len(rows) - 1, 0), bool)
        for name in ("line", "at", "arrived"):
            same &= found[name][1:] == found[name][:-1]
        groups = np.concatenate(([0], np.cumsum(~same))) if len(rows) else np.zeros(0, int)
        differs = same & ((found["value"][1:] != found["value"][:-1]) | (found["flag"][1:] != found["flag"][:-1]))
        wrong = np.isin(groups, groups[1:][differs]) & tacit[order]
        for number in order[wrong].tolist():
            kept[number] = False
            self.reject(Problem(self.table.name, self.lines[number], self.names["value"], *_TWO_VALUES))
        return kept


def _column_names(table: FileTable, columns: Mapping[str, str]) -> dict[str, str]:
    """The room's name → the file's column."""
    plain = {plain_column_name(name): name for name in table.columns}
    found: dict[str, str] = {}
    for name in (*NEEDED, *OPTIONAL):
        wanted = columns.get(name, name)
        column = wanted if wanted in table.columns else plain.get(plain_column_name(wanted))
        if column is not None:
            found[name] = column
        elif name in NEEDED or name in columns:
            need, have = ", ".join(columns.get(each, each) for each in NEEDED), ", ".join(table.columns)
            raise file_error(table.name, "column_missing", missing=wanted, found=have, needed=need)
    return found


def _key(subject: Any) -> str | ValueRefusal:
    key = _text(subject).strip()
    if 0 < len(key) <= 120 and key.isprintable():
        return key
    rule = "对象编码为空或过长 · the subject's key is empty, too long, or holds control characters"
    return ValueRefusal("subject", rule, "写明对象的编码 · write the key of the subject")


def _text(cell: Any) -> str:
    """A cell as its source wrote it; what a workbook holds as a number is written without exponent."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return format(Decimal(repr(cell)), "f") if cell == cell else ""
    return str(cell)
