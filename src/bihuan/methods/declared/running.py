"""From paths and options to an answer: reads, checks, runs the method under the clock, sorts, collects rejects."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bihuan.declare.fieldtype import UnparsableText
from bihuan.declare.types import field_type
from bihuan.faults import Fault
from bihuan.methods.declared.cells import FILES
from bihuan.methods.declared.inputs import read_input
from bihuan.methods.declared.model import Answer, Input, Method, Option, Values
from bihuan.methods.declared.rejects import SHOWN, Reject
from bihuan.methods.declared.tables import Given, Table, WeekdaysOnly, Workdays


class WrongCallError(Fault, ValueError):
    """A method is called with files or options that it does not take."""


class TooLittleError(WrongCallError):
    """The rows are too few, or too much alike, for the method to say anything: on a command line that is an error, for a
    watch that looks every day it is nothing seen yet."""


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Args:
        columns: The output in its declared order, rows sorted.
        facts, editions, remarks: As the method gave them, with the remarks of reading.
        rows: Rows (or features) that were read, used or not.
        rejects: Every one that was not used.
        seconds: Of the method alone: no file is read or written in them.
        document: What is written instead of a table, of a method whose answer is one.
    """

    columns: dict[str, Values]
    facts: Mapping[str, Any]
    editions: Mapping[str, str]
    rows: int
    rejects: list[Reject]
    seconds: float
    remarks: tuple[str, ...] = ()
    document: str | None = None

    def lines(self, most: int) -> list[str]:
        """The answer for a terminal: its first rows, the facts, the rejects.

        Source: docs/topics/methods.md; DESIGN §14.
        """
        rows = list(zip(*self.columns.values(), strict=True)) if self.columns else []
        told = ["  ".join(self.columns)] if rows else []
        told += ["  ".join("" if cell is None else str(cell) for cell in row) for row in rows[:most]]
        told += [f"… {len(rows)} rows · 行"] if len(rows) > most else []
        told += [f"{name}: {value}" for name, value in self.facts.items()]
        told += [f"✗ {r.file}:{r.row} {r.field}: {r.rule} → {r.remedy}" for r in self.rejects[:most]]
        return [*told, f"{self.rows} rows, {len(self.rejects)} rejected, {self.seconds:.3f} s · 行、退回、秒"]

    def as_json(self, method: str) -> dict[str, Any]:
        """The answer of the command, without its output rows. Source: docs/topics/methods.md; DESIGN §14."""
        common = {
            "ok": not self.rejects,
            "method": method,
            "rows": self.rows,
            "rejected": len(self.rejects),
            "rejects": [reject.as_dict() for reject in self.rejects[:SHOWN]],
            "seconds": round(self.seconds, 6),
            "editions": dict(self.editions),
        }
        return common | ({"notes": list(self.remarks)} if self.remarks else {}) | dict(self.facts)


def run_method(
    method: Method, paths: Sequence[Path], options: Mapping[str, str], calendar: Callable[[], Workdays] = WeekdaysOnly
) -> Outcome:
    """Run a method on files.

    Args:
        method: As declared.
        paths: One for each input by position; what is left goes to the input that takes many.
        options: Texts by name.
        calendar: Gives the calendar of working days to a method that asks for one.

    Raises:
        WrongCallError: too few or too many files, or an option that is unknown, missing or of the wrong type.
        UnreadableError: a file is not there or lacks a column.

    Source: DESIGN §14 (the one convention of `bihuan calc`).
    """
    with _collecting_later():
        return _run(method, paths, options, calendar)


@contextmanager
def _collecting_later() -> Iterator[None]:
    """No search for circles among millions of cells: what a method makes holds none and goes with it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _run(
    method: Method, paths: Sequence[Path], options: Mapping[str, str], calendar: Callable[[], Workdays]
) -> Outcome:
    parsed = parse_options(method, options)
    placed = _placed(method, paths)
    tables: dict[str, Table] = {}
    many: list[Table] = []
    remarks: list[str] = []
    for each, path in placed:
        table, said = read_input(each, path, carried=each.name == method.carried)
        remarks += said
        tables.setdefault(each.name, table)
        if each.many:
            many.append(table)
    given = Given(tables, parsed, many, calendar() if method.workdays else WeekdaysOnly())
    everything = [*(table for name, table in tables.items() if not _is_many(method, name)), *many]
    read = sum(len(table) or len(table.features) for table in everything) + sum(len(t.refused) for t in everything)
    start = time.perf_counter()
    answer = method.run(given)
    seconds = time.perf_counter() - start
    rejects = sorted((r for table in everything for r in table.refused), key=_place)
    columns = _sorted(method, _with_carried(method, answer, tables))
    return Outcome(
        columns, answer.facts, answer.editions, read, rejects, seconds, (*remarks, *answer.remarks), answer.document
    )


def parse_options(method: Method, options: Mapping[str, str]) -> dict[str, Any]:
    """The options as their types parse them. Raises `WrongCallError`. Source: docs/topics/methods.md; DESIGN §14."""
    known = {option.name: option for option in method.options}
    for name in options:
        if name not in known:
            told = ", ".join(known) or "none 无"
            raise WrongCallError(f"{method.name}：没有选项 {name} · there is no option {name!r}", f"options: {told}")
    return {option.name: _option(method, option, options.get(option.name, option.default)) for option in method.options}


def _option(method: Method, option: Option, text: str | None) -> Any:
    if text is None:
        raise WrongCallError(
            f"{method.name}：缺少选项 {option.name} · the option {option.name} is missing",
            f"加 · add `--option {option.name}=…` ({option.zh} · {option.en})",
        )
    if not text.strip():
        return None
    try:
        return field_type(option.type).parse(text.strip(), option, FILES)
    except UnparsableText as error:
        what, remedy = error.wrong.what, error.wrong.remedy
        raise WrongCallError(
            f"{method.name} {option.name}={text}：{what.zh} · {option.name} {what.en}", f"{remedy.zh} · {remedy.en}"
        ) from error


def _placed(method: Method, paths: Sequence[Path]) -> list[tuple[Input, Path]]:
    wanted, takes_many = method.inputs, bool(method.inputs) and method.inputs[-1].many
    if len(paths) < len(wanted) or (len(paths) > len(wanted) and not takes_many):
        names = " ".join(each.name.upper() + "…" * each.many for each in wanted)
        raise WrongCallError(
            f"{method.name}：需要 {len(wanted)} 个文件，给了 {len(paths)} 个 · "
            f"takes {len(wanted)} files, {len(paths)} given",
            f"bihuan calc {method.name} {names}",
        )
    last = wanted[-1:] * (len(paths) - len(wanted))
    return list(zip((*wanted, *last), paths, strict=True))


def _is_many(method: Method, name: str) -> bool:
    return any(each.many and each.name == name for each in method.inputs)


def _with_carried(method: Method, answer: Answer, tables: Mapping[str, Table]) -> dict[str, Values]:
    named = [column.name for column in method.output if column.name in answer.columns]
    columns: dict[str, Values] = {name: answer.columns[name] for name in named}
    if method.carried and answer.rows_of is not None:
        rows = np.asarray(answer.rows_of, dtype=np.int64)
        for name, cells in sorted(tables[method.carried].others.items()):
            if name not in columns:
                columns[name] = cells.taken(rows).text()
    return columns


def _sorted(method: Method, columns: dict[str, Values]) -> dict[str, Values]:
    keys = [name for name in method.key if name in columns]
    if not keys:
        return columns
    size = len(columns[keys[0]])
    order = np.lexsort([_rank(columns[name]) for name in reversed(keys)]) if size else np.arange(0)
    return {name: _taken(values, order) for name, values in columns.items()}


def _rank(values: Values) -> Any:
    """Whole numbers by size, everything else as text."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return values
    if all(type(value) is int for value in values):
        return np.array(values, dtype=np.int64)
    _, rank = np.unique(np.array(["" if value is None else str(value) for value in values]), return_inverse=True)
    return rank


def _taken(values: Values, order: Any) -> Values:
    if isinstance(values, np.ndarray):
        taken: list[Any] = values[order].tolist()
        return taken
    return [values[place] for place in order.tolist()]


def _place(reject: Reject) -> tuple[str, int, str, str]:
    return reject.file, reject.row, reject.field, reject.rule


def option_texts(pairs: Iterable[str]) -> dict[str, str]:
    """`k=v` words as a mapping. Raises `WrongCallError` for a word without `=`, or a name given twice.

    Source: docs/topics/methods.md; DESIGN §14.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name.strip() in found:
            raise WrongCallError(
                f"选项须写作 名=值，且只写一次 · an option is written name=value, once: {pair!r}",
                "--option at=2026-03-01",
            )
        found[name.strip()] = value
    return found
