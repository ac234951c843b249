"""Until which day a remedy lasts: an amount of days, working days, months or years after a day that is not counted.

A month or year ends on the day of the same number, or the last of its month. What a table says is looked up on the day
after which the term runs, in the edition that held then.
Source: 民法典第二百零一条至二百零三条 (the first day is not counted; a last day that is off moves on where declared).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from bihuan.documents.letters.pure.declaration import Remedy, RemedyTerm
from bihuan.registers.pure.calendars import Calendar
from bihuan.rules.errors import InputError, NoRuleError
from bihuan.rules.resolved import Resolved

type Lookup = Callable[[str, date, Mapping[str, Any]], Resolved]
"""Answers a rule table for a day and its inputs; raises NoRuleError, InputError, KeyError."""

_SAID = re.compile(r"(\d{1,5})\s*(working days?|days?|months?|years?)?")


class TermUnknown(ValueError):
    """The last day of a remedy cannot be worked out; the text says why."""


@dataclass(frozen=True)
class Until:
    """The last day of a remedy, and why it is that one."""

    day: date
    why: Mapping[str, Any] = field(default_factory=dict)


def until_of(
    remedy: Remedy, days: Mapping[str, date], values: Mapping[str, Any], book: Lookup, calendar: Calendar
) -> Until:
    """Return until which day somebody may use a remedy.

    Args:
        remedy: As declared.
        days: Days that a term may run after, by the name of their fact, and `dated`.
        values: Facts that the inputs of a table name.
        book: Looks a table up. calendar: Of the district.

    Raises:
        TermUnknown: the day, the table, its edition or its answer is missing.

    Source: 民法典第二百零一条至二百零三条.
    """
    term = remedy.term
    start = days.get(term.after)
    if start is None:
        raise TermUnknown(f"the day {term.after!r} after which the term runs is missing")
    amount, unit, moves, why = _length(term, start, values, book)
    end = _ended(start, amount, unit, calendar)
    if moves:
        end, moved = _moved(end, calendar)
        why = {**why, "moved_days": moved, "calendar": calendar.edition}
    return Until(end, {**why, "after": term.after, "from": start.isoformat(), "amount": amount, "unit": unit})


def _length(
    term: RemedyTerm, start: date, values: Mapping[str, Any], book: Lookup
) -> tuple[int, str, bool, dict[str, Any]]:
    if term.amount is not None:
        why = {"citation": term.citation, "edition": term.edition, "verified": term.verified}
        return term.amount, term.unit, bool(term.moves), why
    answer = answer_table(book, str(term.table), start, term.inputs, values)
    try:
        said = _SAID.fullmatch(str(answer[term.output]))
        moves = bool(answer[term.moves]) if isinstance(term.moves, str) else term.moves
    except InputError as error:
        raise TermUnknown(str(error)) from error
    if said is None or int(said[1]) < 1:
        raise TermUnknown(f"table {term.table}: {answer[term.output]!r} is no term such as 60 or '60 days'")
    unit = (said[2].rstrip("s") + "s").replace(" ", "_") if said[2] else term.unit
    return int(said[1]), unit, moves, cited(answer)


def answer_table(book: Lookup, table: str, day: date, inputs: Mapping[str, str], values: Mapping[str, Any]) -> Resolved:
    """Look a table up with inputs from facts or `=literal`.

    Raises:
        TermUnknown: the table, an edition for that day, or a fitting row is missing.

    Source: docs/topics/rules.md, "A rule table".
    """
    given = {name: _literal(path[1:]) if path[:1] == "=" else values.get(path) for name, path in inputs.items()}
    lacking = sorted(name for name, value in given.items() if value is None)
    if lacking:
        raise TermUnknown(f"table {table}: inputs without a value: {', '.join(lacking)}")
    try:
        return book(table, day, given)
    except (NoRuleError, InputError, KeyError) as error:
        raise TermUnknown(f"table {table}: {error}") from error


def cited(answer: Resolved) -> dict[str, Any]:
    """Return where an answer stands: table, edition, row, citation, whether compared with the original."""
    return {
        "table": answer.table, "edition": str(answer.edition), "row": answer.row.number, "source": answer.meta.source,
        "citation": answer.citation, "verified": answer.verified,
    }  # fmt: skip


def _literal(text: str) -> str | bool | int:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else text


def _ended(start: date, amount: int, unit: str, calendar: Calendar) -> date:
    try:
        if unit == "days":
            return start + timedelta(days=amount)
        if unit == "working_days":
            return _worked(start, amount, calendar)
        month = start.year * 12 + start.month - 1 + amount * (12 if unit == "years" else 1)
        return _clamped(month // 12, month % 12 + 1, start.day)
    except (OverflowError, ValueError) as error:
        raise TermUnknown(f"{amount} {unit} after {start} is no day") from error


def _worked(day: date, amount: int, calendar: Calendar) -> date:
    while amount:
        day += timedelta(days=1)
        amount -= calendar.worked(day)[0]
    return day


def _clamped(year: int, month: int, day: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day, (following - timedelta(days=1)).day))


def _moved(day: date, calendar: Calendar) -> tuple[date, int]:
    moved = 0
    while not calendar.worked(day)[0]:
        day, moved = day + timedelta(days=1), moved + 1
    return day, moved
