"""The rule tables beside a programme, compiled and asked as its cases will ask them. Pure.

A table that a clock names must be there under its own name, ask for nothing but what the kernel tells (urgency,
category, area), answer every case the programme can open, and answer with a duration.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.loop.indicator_files import usable_from
from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.registers.pure.durations import Duration
from bihuan.registers.pure.errors import RegisterError
from bihuan.rules.book import Edition, RuleBook, own_book
from bihuan.rules.errors import InputError
from bihuan.rules.scorecards import Scorecard
from bihuan.rules.tables import RuleTable

ASKED = {"urgency": ("code",), "category": ("prefix", "code"), "area": ("code", "prefix")}
"""What the kernel tells a table (`kernel.clocks`), and as which kinds of input."""


def editions_of(folder: Path) -> tuple[Edition, ...]:
    """Return every edition in the tables of a folder.

    Raises:
        DeclarationError: with the problems of all its tables, or where two editions of one rule overlap.
    """
    files = sorted((folder / "tables").glob("*.yaml"))
    return _editions(tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files))


@cache
def _editions(stamped: tuple[tuple[Path, int, int], ...]) -> tuple[Edition, ...]:
    return tuple(RuleBook.from_files(*(file for file, _, _ in stamped)))


def digests_of(folder: Path) -> dict[str, str]:
    """Return the digest of every table edition of a folder by `kind:id@edition/jurisdiction`, blind to its last day."""
    heads = (edition.meta for edition in editions_of(folder))
    return {f"{m.kind}:{m.id}@{m.edition}/{m.jurisdiction}": m.lasting for m in heads}


def digest_of(folder: Path) -> bytes:
    """Return the SHA-256 of a folder's table editions, which joins the digest of the programme's edition."""
    told = "\n".join(f"{key} {digest}" for key, digest in sorted(digests_of(folder).items()))
    return hashlib.sha256(told.encode()).digest()


def problems(programme: Programme, folder: Path, shared: RuleBook) -> Iterator[Problem]:
    """Everything wrong with the tables of a programme: each with file, line, field, rule and remedy.

    Args:
        shared: the rules of no programme, with which its own make up its book.
    """
    try:
        editions = editions_of(folder)
        own_book(shared, editions)
    except DeclarationError as error:
        yield from (with_short_name(problem) for problem in error.problems)
        return
    for name, case in programme.cases.items():
        for table in dict.fromkeys(table for _, table in case.deadline_tables):
            yield from _deadline(table, folder, editions, name, case)
    if programme.scorecard:
        yield from _scorecard(programme.scorecard, folder, editions)


def with_short_name(problem: Problem) -> Problem:
    """A problem of a table with its file as people know it: the programme's folder, `tables`, the name."""
    return replace(problem, file=_shown(Path(problem.file)))


def _deadline(table: str, folder: Path, editions: Iterable[Edition], name: str, case: CaseType) -> Iterator[Problem]:
    file = folder / "tables" / f"{table}.yaml"
    found = [e for e in editions if isinstance(e, RuleTable) and e.meta.id == table]
    if not found:
        if file.exists():
            yield from _other_name(file, table, editions)
        return
    for edition in found:
        wrong = list(_inputs(edition)) + list(_answers(edition))
        yield from wrong or _asked(edition, name, case)


def _other_name(file: Path, table: str, editions: Iterable[Edition]) -> Iterator[Problem]:
    inside = next((e.meta for e in editions if Path(e.meta.file) == file), None)
    what = f"it holds {inside.kind} {inside.id!r}, not table {table!r}" if inside else f"it holds no table {table!r}"
    rule = "a table is found by the id it gives itself; the file has the same name"
    remedy = f"write `table: {table}`, or name the other id in the programme"
    yield Problem(_shown(file), inside.line if inside else 1, "table", what, rule, remedy)


def _inputs(table: RuleTable) -> Iterator[Problem]:
    known = ", ".join(ASKED)
    for item in table.inputs:
        if item.name not in ASKED:
            what = f"it asks for {item.name!r}, which no case can tell"
            yield _problem(table, table.meta.line, f"inputs.{item.name}", what, f"a deadline table may ask for {known}",
                           f"ask for one of {known}, or remove the input")  # fmt: skip
        elif item.kind not in ASKED[item.name]:
            kinds = " or ".join(ASKED[item.name])
            yield _problem(table, table.meta.line, f"inputs.{item.name}.kind", f"it asks for {item.kind} {item.name!r}",
                           f"{item.name} is a {kinds}", f"write `kind: {ASKED[item.name][0]}`")  # fmt: skip


def _answers(table: RuleTable) -> Iterator[Problem]:
    if len(table.outputs) != 1:
        names = ", ".join(item.name for item in table.outputs)
        yield _problem(table, table.meta.line, "outputs", f"it answers {names}", "a deadline table gives one answer",
                       "keep one output, the duration")  # fmt: skip
        return
    (output,) = table.outputs
    for row in table.rows:
        value = row.constants.get(output.name, "")
        try:
            Duration.parse(str(value))
        except RegisterError as error:
            what = f"{str(value)!r} is not a duration: {error}"
            yield _problem(table, row.row.line, f"rows[{row.row.number}].{output.name}", what,
                           "a clock runs for a length of time", "for example 2h, 7 days, 7 working days")  # fmt: skip


def _asked(table: RuleTable, name: str, case: CaseType) -> Iterator[Problem]:
    """A case may be of any declared urgency and may lack category and place: it is answered all the same."""
    for urgency in case.urgencies:
        given = {item.name: urgency if item.name == "urgency" else "*" for item in table.inputs}
        try:
            answered = table.find(**given) is not None
        except InputError:
            answered = False
        if not answered:
            asked = ", ".join(f"{key}={value}" for key, value in given.items())
            yield _problem(table, table.meta.line, "rows", f"no row answers {asked}, as a case {name!r} may ask",
                           "every case is given a deadline", "add the row; `*` covers the rest")  # fmt: skip


def _scorecard(card: str, folder: Path, editions: Iterable[Edition]) -> Iterator[Problem]:
    file = folder / "tables" / f"{card}.yaml"
    found = [e for e in editions if isinstance(e, Scorecard) and e.meta.id == card]
    if not found and file.exists():
        inside = next((e.meta for e in editions if Path(e.meta.file) == file), None)
        what = f"it holds {inside.kind} {inside.id!r}, not scorecard {card!r}" if inside else f"no scorecard {card!r}"
        rule = "a scorecard is found by the id it gives itself; the file has the same name"
        yield Problem(_shown(file), inside.line if inside else 1, "scorecard", what, rule, f"write `scorecard: {card}`")
    known = usable_from(folder)
    for edition in found:
        for item in edition.items:
            if item.id not in known:
                yield Problem(_shown(Path(edition.meta.file)), edition.meta.line, f"items.{item.id}",
                              f"{item.id!r} is not an indicator", f"one of {', '.join(sorted(known))}",
                              "name an indicator")  # fmt: skip


def _shown(file: Path) -> str:
    """A table as the person knows it: its programme's folder, `tables`, its name."""
    return "/".join(file.parts[-3:])


def _problem(table: RuleTable, line: int, field: str, what: str, rule: str, remedy: str) -> Problem:
    return Problem(_shown(Path(table.meta.file)), line, field, what, rule, remedy)
