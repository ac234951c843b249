"""Terms of two sides: an authority's term goes overdue, a citizen's lapses; and proofs, which hold for a term only.

A term is a row of a dated rule table with these outputs, whatever its inputs are:

    outputs:
      - {name: days, kind: integer, unit: day}        # or working_days, months, years: one of the four
      - {name: citizen, kind: flag}                   # whose term it is; absent: the authority's
      - {name: moves, kind: flag}                     # a last day that is off rolls over to the next working day
      - {name: warn, kind: integer, unit: day}        # so many days before its last one a person is warned

The day on which something happened is not counted; the last day is still in time. Pure; the calendar comes from
whoever calls. Source: 民法典 (2020) 第二百零一至二百零三条; DESIGN §14 (two-sided clocks, proof that expires).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError
from bihuan.rules.resolved import Resolved

TermUnit = Literal["days", "working_days", "months", "years"]
TermState = Literal["not_started", "running", "in_time", "late", "overdue", "lapsed"]
ProofState = Literal["missing", "valid", "expiring", "expired"]
Worked = Callable[[date], bool]
"""Whether a day is a working day."""

UNITS: tuple[TermUnit, ...] = get_args(TermUnit)
LONGEST = 36_500
"""A term of more than a century is a slip of the pen."""
WORDS = {"days": ("日", "days"), "working_days": ("个工作日", "working days"), "months": ("个月", "months"),
         "years": ("年", "years")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """How long somebody has.

    Args:
        amount, unit: Such as 60 days; 0 ends on the day it begins.
        citizen: A citizen's term lapses; an authority's goes overdue.
        moves: Whether a last day that is off rolls over to the next working day.
        warn: Days before the last one from which a person is warned; 0: on the last day.
        citation, edition: Where it is said, and in which edition of that.
    """

    amount: int
    unit: TermUnit = "days"
    citizen: bool = False
    moves: bool = False
    warn: int = 0
    citation: str = ""
    edition: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= LONGEST or not 0 <= self.warn <= LONGEST or self.unit not in UNITS:
            raise InputError(f"a term of {self.amount} {self.unit}, warned {self.warn} days before, cannot be counted.")


@dataclass(frozen=True, slots=True)
class Ending:
    """When a term ends: everything that a letter states and an event keeps.

    Args:
        begun: The day it is counted from, itself not counted.
        last: Its last day, until 24:00. counted: The last day before it rolled over; the same when it did not.
        warn_on: The day from which a person is warned, never before the day after `begun`.
    """

    term: Term
    begun: date
    last: date
    counted: date
    warn_on: date

    def standing(self, met: date | None, at: date) -> TermState:
        """How the term stands at the end of a day; what happened after that day is not known on it.

        Source: 民法典 第二百零三条 (the last day is in time); DESIGN §14 (two-sided clocks).
        """
        if met is not None and met <= at:
            return "in_time" if met <= self.last else "late"
        if at < self.begun:
            return "not_started"
        if at <= self.last:
            return "running"
        return "lapsed" if self.term.citizen else "overdue"

    def warned(self, met: date | None, at: date) -> bool:
        """Whether a person is warned on a day: the term runs, and its end is near. Source: DESIGN §14."""
        return at >= self.warn_on and self.standing(met, at) == "running"

    def told(self) -> dict[str, str]:
        """The sentence of a letter in both languages: how long, and until which day.

        Source: 行政诉讼法 (2017) 第四十六条、行政复议法 (2023) 第二十条 (a letter states remedy and term).
        """
        zh, en = WORDS[self.term.unit]
        many, one = en, en.removesuffix("s")
        length = f"{self.term.amount} {one if self.term.amount == 1 else many}"
        moved_zh = "（期限届满日为休息日，顺延至该日）" if self.last != self.counted else ""
        moved_en = " (moved on from a day off)" if self.last != self.counted else ""
        return {
            "zh": f"{self.term.amount}{zh}内，至{self.last:%Y-%m-%d}止{moved_zh}",
            "en": f"within {length}, until {self.last:%Y-%m-%d}{moved_en}",
        }

    def to_json(self) -> dict[str, JSON]:
        """What an event keeps, without floats. Source: docs/adr/0010 (4): never looked up again."""
        return {
            "begun": self.begun.isoformat(), "last": self.last.isoformat(), "counted": self.counted.isoformat(),
            "warn_on": self.warn_on.isoformat(), "amount": self.term.amount, "unit": self.term.unit,
            "citizen": self.term.citizen, "citation": self.term.citation, "edition": self.term.edition,
        }  # fmt: skip


def term_of(row: Resolved) -> Term:
    """Return the term that a row of a rule table says.

    Raises:
        InputError: it says no length, or more than one.

    Source: docs/topics/rules.md, "Terms of two sides".
    """
    said = [(unit, row.values[unit]) for unit in UNITS if row.values.get(unit) not in (None, "")]
    if len(said) != 1:
        raise InputError(f"{row.table}, row {row.row.number}, says {len(said)} lengths; one of {', '.join(UNITS)}.")
    unit, amount = said[0]
    return Term(
        int(str(amount)), unit, bool(row.values.get("citizen", False)), bool(row.values.get("moves", False)),
        int(str(row.values.get("warn", 0))), row.citation, row.edition,
    )  # fmt: skip


def end_term(term: Term, begun: date, worked: Worked) -> Ending:
    """Return when a term ends that began on a day.

    Args:
        begun: The day of what it follows; it is not counted itself.
        worked: Asked for working days, and for days off at the end of a term that moves.

    Raises:
        InputError: the end lies beyond the calendar.

    Source: 民法典 第二百零一条 (the first day), 第二百零二条 (months and years), 第二百零三条 (the last day).
    """
    try:
        counted = last = _counted(term, begun, worked)
        while term.moves and not worked(last):
            last += timedelta(days=1)
    except (OverflowError, ValueError) as error:
        raise InputError(f"{term.amount} {term.unit} from {begun} end beyond the calendar.") from error
    warn_on = max(last - timedelta(days=min(term.warn, (last - begun).days)), min(begun + timedelta(days=1), last))
    return Ending(term, begun, last, counted, warn_on)


def proof_state(issued: date | None, lasts: Term, at: date, worked: Worked | None = None) -> ProofState:
    """How a proof stands on a day: missing, valid, expiring (its holder is warned), or expired.

    Args:
        issued: The day of the proof; None when there is none, also when it is later than `at`.
        lasts: For how long it holds. worked: See `end_term`; needed only by terms of working days or that move.

    Source: DESIGN §14 (a proof that expires).
    """
    if issued is None or issued > at:
        return "missing"
    ending = end_term(lasts, issued, worked or _every_day)
    if at > ending.last:
        return "expired"
    return "expiring" if at >= ending.warn_on and lasts.warn else "valid"


def _counted(term: Term, begun: date, worked: Worked) -> date:
    match term.unit:
        case "days":
            return begun + timedelta(days=term.amount)
        case "working_days":
            day, left = begun, term.amount
            while left:
                day += timedelta(days=1)
                left -= worked(day)
            return day
        case unit:
            months = begun.month - 1 + term.amount * (12 if unit == "years" else 1)
            year, month = begun.year + months // 12, months % 12 + 1
            return date(year, month, min(begun.day, monthrange(year, month)[1]))


def _every_day(_day: date) -> bool:
    return True
