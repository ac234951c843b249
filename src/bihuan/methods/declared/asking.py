"""A rule table or a decision table asked for every row of a file; what it cannot answer is rejected."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from bihuan.declare.types.yes_no import NO, YES
from bihuan.methods.declared.model import Values
from bihuan.methods.declared.rejects import Reject
from bihuan.methods.declared.running import Outcome
from bihuan.methods.declared.sheets import TextColumns, read_sheet
from bihuan.rules.book import RuleBook
from bihuan.rules.decisions import DecisionTable
from bihuan.rules.errors import InputError, NoRuleError
from bihuan.rules.quantities import number_text
from bihuan.rules.resolved import Resolved, Value
from bihuan.rules.tables import RuleTable

type AnyTable = RuleTable | DecisionTable


def find_table(book: RuleBook, name: str, on: date, place: str = "*") -> AnyTable:
    """The edition of the table or decision called `name` in force on the day at the place.

    Raises:
        NoRuleError: there is none of that name, or none in force.

    Source: docs/adr/0010 (1).
    """
    kinds = {edition.meta.kind for edition in book if edition.meta.id == name}
    if "decision" in kinds:
        return book.decision(name, on, place)
    return book.table(name, on, place)


def ask_table(table: AnyTable, path: Path | None, fixed: Mapping[str, str]) -> Outcome:
    """The table's answer for every row of a file, beside all columns of that row.

    Args:
        table: One edition. path: The file; None asks once for what is fixed.
        fixed: Inputs that are the same for every row.

    Raises:
        UnreadableError: the file cannot be read or lacks an input that is not fixed.
        InputError: a fixed input is none of the table's.

    Source: docs/topics/rules.md; DESIGN §14 (`bihuan table`).
    """
    inputs = {item.name: item for item in table.inputs}
    if unknown := sorted(set(fixed) - set(inputs)):
        raise InputError(f"{table.meta.id} has no input {', '.join(unknown)}; it asks for {', '.join(inputs)}.")
    needed = [name for name, item in inputs.items() if name not in fixed and not item.optional]
    sheet = None if path is None else read_sheet(path, needed)
    rows, lines, carried = _rows(sheet, inputs.keys(), fixed)
    start = time.perf_counter()
    answers, rejects = _answered(table, rows, lines, sheet.file if sheet else "")
    seconds = time.perf_counter() - start
    outputs = [output.name for output in table.outputs]
    kept = [(row, answer) for row, answer in zip(rows, answers, strict=True) if answer is not None]
    shown = [name for name in inputs if name in fixed or sheet is None or name in sheet.columns]
    names = [*carried, *shown]
    columns: dict[str, Values]
    told = sorted([tuple(row[n] for n in names) + tuple(a[o] for o in outputs) for row, a in kept])
    cells = list(zip(*told, strict=True)) or [()] * len([*names, *outputs])
    columns = dict(zip([*names, *outputs], map(list, cells), strict=True))
    facts: dict[str, Any] = {
        "table": table.meta.id, "edition": table.meta.edition, "citation": table.meta.citation,
        "verified": table.meta.verified, "digest": table.meta.digest,
    }  # fmt: skip
    if path is None and kept:
        facts["answer"] = kept[0][1]
    faults = [*(sheet.faults if sheet else []), *rejects]
    count = len(rows) + (len(sheet.faults) if sheet else 0)
    return Outcome(columns, facts, {table.meta.id: table.meta.edition}, count, faults, seconds)


def _rows(
    sheet: TextColumns | None, inputs: Any, fixed: Mapping[str, str]
) -> tuple[list[dict[str, str]], list[int], list[str]]:
    """Rows of text by column, their lines, and the names of the columns that are no input."""
    if sheet is None:
        return [dict(fixed)], [0], []
    carried = sorted(name for name in sheet.columns if name not in inputs)
    texts = {name: [cell or "" for cell in cells.to_pylist()] for name, cells in sheet.columns.items()}
    columns = {**texts, **{name: [value] * len(sheet.lines) for name, value in fixed.items()}}
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return rows, sheet.lines.tolist(), carried


def _answered(
    table: AnyTable, rows: list[dict[str, str]], lines: list[int], file: str
) -> tuple[list[dict[str, str] | None], list[Reject]]:
    known: dict[tuple[str, ...], dict[str, str] | Exception] = {}
    answers: list[dict[str, str] | None] = []
    rejects = []
    for row, line in zip(rows, lines, strict=True):
        key = tuple(row.get(item.name, "").strip() for item in table.inputs)
        if key not in known:
            known[key] = _asked(table, key)
        found = known[key]
        if isinstance(found, dict):
            answers.append(found)
            continue
        answers.append(None)
        field = next((item.name for item in table.inputs if str(found).startswith(f"{item.name}:")), "")
        rejects.append(Reject(file, line, field, str(found), getattr(found, "remedy", "")))
    return answers, rejects


def _asked(table: AnyTable, key: tuple[str, ...]) -> dict[str, str] | Exception:
    try:
        given = {item.name: _value(item.kind, text) for item, text in zip(table.inputs, key, strict=True)}
        if isinstance(table, DecisionTable):
            found = table.collect(**given) if table.hit == "collect" else (table.decide(**given),)
        else:
            found = (table.lookup(**given),)
    except (InputError, NoRuleError) as error:
        return error
    return {output.name: "|".join(_text(answer, output.name) for answer in found) for output in table.outputs}


def _value(kind: str, text: str) -> str | bool | Decimal | None:
    if not text:
        return None
    if kind == "flag" and text.lower() in YES | NO:
        return text.lower() in YES
    return text


def _text(answer: Resolved, name: str) -> str:
    value: Value = answer[name]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal | Fraction):
        return number_text(value)
    return value if isinstance(value, str) else str(value.get("zh", "")) if isinstance(value, Mapping) else str(value)
