"""Columns of a file as values of fields: header to fields, cell to value, and what is wrong in words. Pure.

A column belongs to a field by the field's name or by its name in either language. Cells of a kind are read once: a
column of codes costs a look into a dictionary. Source: docs/topics/subjects.md, "Loading".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from bihuan.declare.fieldtype import Names, UnparsableText, Words, Wrong
from bihuan.declare.problems import Problem
from bihuan.subjects.pure.impersonal import NAMES_A_PERSON, names_a_person
from bihuan.subjects.pure.types import ENDS, AskedField, SubjectType

DAYS = ("valid_from", "valid_to")
"""Columns that say from which day, and until before which, a row holds."""
REMEMBERED = 20_000
"""Distinct cells of a column whose values are kept at hand."""
_DAY_RULE = Words("一行自起始日起有效，至截止日前", "a row holds from its first day until before its last")
MISSING = Wrong(Words("不能为空", "is required"), Words("请填写", "Write a value"))


ONCE = Words("同一编码同一起始日只有一行", "a key and a first day stand in one row")
TWICE_REMEDY = Words("删去其中一行，或写明各行起始日", "Remove one of the rows, or say from which day each holds")


class Rejected(NamedTuple):
    """Why a row is not taken. `value` stays empty for sealed fields: a file of rejects must not hold them."""

    line: int
    field: str
    value: str
    what: Words
    rule: Words
    remedy: Words

    def as_problem(self, file: str, language: str) -> Problem:
        """As the rejects file takes it, in `zh` or `en`. Source: docs/topics/subjects.md, "How a row counts"."""
        what, rule, remedy = (
            words.zh if language == "zh" else words.en for words in (self.what, self.rule, self.remedy)
        )
        shown = f"{what} ({self.value})" if self.value else what
        return Problem(file, self.line, self.field, shown, rule, remedy)

    def as_dict(self) -> dict[str, Any]:
        """The parts as JSON. Source: docs/topics/subjects.md, "How a row counts"."""
        return {
            "line": self.line, "field": self.field, "value": self.value,
            "what": self.what.en, "what_zh": self.what.zh, "rule": self.rule.en, "rule_zh": self.rule.zh,
            "remedy": self.remedy.en, "remedy_zh": self.remedy.zh,
        }  # fmt: skip


class Row(NamedTuple):
    """One row of a file: open values with None for known to be empty; the sealed ones, None when the file has none."""

    line: int
    key: str
    valid_from: date | None
    valid_to: date | None
    values: dict[str, Any]
    sealed: dict[str, Any] | None


class Columns(NamedTuple):
    """Which column each field stands in, which columns are left, and which required or sealed fields have none."""

    of: Mapping[str, str]
    ignored: tuple[str, ...]
    missing: tuple[str, ...]


def match_columns(kind: SubjectType, columns: Sequence[str]) -> Columns:
    """Match a header to the fields of a type.

    Source: docs/topics/subjects.md, "Loading" (any order; name, Chinese name or English name).
    """
    known: dict[str, str] = {}
    for name, rule in kind.fields.items():
        for said in (rule.name.en, rule.name.zh, name):
            known[_plain(said)] = name
    for name in (*kind.fields, *DAYS):
        known[_plain(name)] = name
    of: dict[str, str] = {}
    ignored: list[str] = []
    for column in columns:
        field = known.get(_plain(column))
        if field is None or field in of:
            ignored.append(column)
        else:
            of[field] = column
    needed = ENDS if kind.key == "" else (kind.key,)
    missing = [name for name in needed if name not in of]
    if any(name in of for name in kind.sealed_fields):
        missing += [name for name in kind.sealed_fields if name not in of]
    return Columns(of, tuple(ignored), tuple(missing))


class CellReader:
    """Reads batches of columns as rows.

    Args:
        kind: The type. columns: As `match_columns` found them.
        names: Codes behind names, for types that need the world.
    """

    def __init__(self, kind: SubjectType, columns: Columns, names: Names) -> None:
        self.kind, self.columns, self.names = kind, columns, names
        self._asked = (
            kind.asked if kind.key else {name: AskedField.of(name, rule) for name, rule in kind.fields.items()}
        )
        self._known: dict[str, dict[Any, Any]] = {name: {} for name in columns.of}

    def read(self, lines: Sequence[int], cells: Mapping[str, Sequence[Any]]) -> tuple[list[Row], list[Rejected]]:
        """The rows of a batch and its rejects.

        Args:
            lines: Line of each record. cells: Column name to one cell for each record.

        Source: docs/topics/subjects.md, "How a row counts".
        """
        found = {name: self._column(name, cells[column]) for name, column in self.columns.of.items()}
        rejected: list[Rejected] = []
        bad: set[int] = set()
        for name, values in found.items():
            for place, value in enumerate(values):
                if type(value) is Wrong:
                    bad.add(place)
                    raw = cells[self.columns.of[name]][place]
                    rejected.append(self._rejected(lines[place], name, raw, value))
        rows = [self._row(place, line, found) for place, line in enumerate(lines) if place not in bad]
        taken: list[Row] = []
        for row in rows:
            why = self._missing(row)
            if why is None:
                taken.append(row)
            else:
                rejected.append(self._rejected(row.line, *why))
        return taken, sorted(rejected)

    def _column(self, name: str, cells: Sequence[Any]) -> list[Any]:
        known = self._known[name]
        read = _read_day if name in DAYS else self._reader(name)
        out: list[Any] = []
        for cell in cells:
            if cell is None or cell == "":
                out.append(None)
                continue
            try:
                out.append(known[cell])
            except KeyError:
                value = read(cell)
                if len(known) < REMEMBERED:
                    known[cell] = value
                out.append(value)
            except TypeError:  # a list or object of JSON
                out.append(read(cell))
        return out

    def _reader(self, name: str) -> Callable[[Any], Any]:
        asked = self._asked[name]
        kind, names, built = asked.kind, self.names, self.kind.city is not None

        def read(cell: Any) -> Any:
            if isinstance(cell, list | dict | bool):
                wrong = kind.check(cell, asked, _ANY)
                return wrong if wrong is not None else cell
            text = written(cell)
            if not text:
                return None
            if built and names_a_person(text):
                return NAMES_A_PERSON
            try:
                return kind.parse(text, asked, names)
            except UnparsableText as error:
                return error.wrong

        return read

    def _row(self, place: int, line: int, found: Mapping[str, Sequence[Any]]) -> Row:
        values = {name: found[name][place] for name in self.columns.of if name not in DAYS}
        start, end = (found[name][place] if name in found else None for name in DAYS)
        if self.kind.key == "":
            key = f"{values['from']}|{values['to']}" if values["from"] and values["to"] else ""
        else:
            key = str(values[self.kind.key] or "")
        held = self.kind.sealed_fields
        if not any(name in self.columns.of for name in held):
            return Row(line, key, start, end, values, None)
        sealed = {name: values.pop(name) for name in held}
        return Row(line, key, start, end, values, {name: value for name, value in sealed.items() if value is not None})

    def _missing(self, row: Row) -> tuple[str, Any, Wrong] | None:
        if not row.key:
            return (self.kind.key or "from", "", MISSING)
        for name, rule in self.kind.fields.items():
            if rule.required and name in row.values and row.values[name] is None:
                return (name, "", MISSING)
        if row.valid_to is not None and row.valid_from is not None and row.valid_to <= row.valid_from:
            what = Words("须晚于起始日", "must be after the first day")
            return ("valid_to", row.valid_to, Wrong(what, Words("请核对两个日期", "Check both dates")))
        return None

    def _rejected(self, line: int, name: str, raw: Any, wrong: Wrong) -> Rejected:
        rule = self.kind.fields.get(name)
        hidden = (rule is not None and rule.sealed) or wrong is NAMES_A_PERSON
        value = "" if hidden else written(raw)[:200]
        if rule is None:
            return Rejected(line, name, value, wrong.what, _DAY_RULE, wrong.remedy)
        about = AskedField.of(name, rule).kind.about
        if wrong.whole:
            return Rejected(line, name, value, wrong.what, about, wrong.remedy)
        what = Words(f"{rule.name.zh}{wrong.what.zh}", f"{rule.name.en} {wrong.what.en}")
        return Rejected(line, name, value, what, about, wrong.remedy)


def twice(first: int) -> Words:
    """That a row was said before, and where. Source: docs/topics/subjects.md, "Loading"."""
    return Words(f"与第{first}行重复", f"repeats line {first}")


def readable_key(
    kind: SubjectType,
    asked: AskedField | None,
    columns: Columns,
    cells: Mapping[str, Sequence[Any]],
    place: int,
    names: Names,
) -> str:
    """The key of a record that was rejected for something else; empty when the key itself cannot be read.

    Source: docs/topics/subjects.md, "Loading".
    """
    if asked is None:
        parts = [written(cells[columns.of[end]][place]) for end in ENDS]
        return "|".join(parts) if all(parts) else ""
    text = written(cells[columns.of[kind.key]][place])
    try:
        return str(asked.kind.parse(text, asked, names)) if text else ""
    except UnparsableText:
        return ""


def written(cell: Any) -> str:
    """A cell as a person would have typed it: a midnight is a day, 12.0 of a workbook is 12.

    Source: docs/topics/subjects.md, "Loading".
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{Decimal(repr(cell)):f}"
    return "" if cell is None else str(cell)


def _read_day(cell: Any) -> date | Wrong | None:
    text = written(cell)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = Words("须为日期，如 2026-12-01", "must be a date such as 2026-12-01")
        return Wrong(what, Words("写成日期", "Write a date"))


def _plain(name: str) -> str:
    """A column name for comparison: width, case, spaces and underscores do not matter. Source: UAX #15 (NFKC)."""
    return "".join(ch for ch in unicodedata.normalize("NFKC", name).casefold() if ch.isalnum())


class _Any:
    """A world in which every code exists: what a file names may be loaded later."""

    history = True

    def has_unit(self, code: str) -> bool:
        return True

    has_area = has_category = has_person = has_unit

    def indicators(self) -> Sequence[str]:
        return ()

    clocks = indicators

    def form_field(self, name: str) -> None:
        return None


_ANY = _Any()
