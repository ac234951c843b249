"""Clause sets: three-valued conditions with dates, over one subject or over a whole register in columns.

A policy is yes when one of its alternatives is wholly true, no when every alternative has a false clause, else unknown:
Kleene's strong logic, in which a value that is not known is neither false nor zero. A clause outside its dates does not
count; an alternative left without clauses is no. States are 0 (no), 1 (unknown), 2 (yes): and is the least, or the most.
Conditions are worked out once for each distinct value of a column and looked up for every row.

Source: S. C. Kleene, Introduction to Metamathematics (1952), §64; DESIGN §14 (clause sets).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.declare.types.yes_no import NO, YES
from bihuan.methods.declared.cells import Cells

NO_STATE, UNKNOWN, YES_STATE = 0, 1, 2
NAMES = ("no", "unknown", "yes")
KINDS = ("code", "flag", "number", "date")
TESTS: dict[str, tuple[str, ...]] = {
    "in": ("code",), "not_in": ("code",), "is": ("flag",), ">=": ("number",), ">": ("number",), "<": ("number",),
    "<=": ("number",), "before": ("date",), "on_or_after": ("date",),
}  # fmt: skip
"""The kinds of fields that a test may be made of."""
_NEAR = 1e-9


class PolicyCondition(NamedTuple):
    """One condition of an alternative of a policy; both days included, empty is open."""

    policy: str
    alternative: str
    name: str
    field: str
    test: str
    value: str
    first: str = ""
    last: str = ""

    def holds_on(self, day: str) -> bool:
        """Whether the clause counts on an ISO day."""
        return self.first <= day and (not self.last or day <= self.last)

    @property
    def condition(self) -> tuple[str, str, str]:
        """What is asked: equal conditions are worked out once."""
        return self.field, self.test, self.value


def wrong_clause(clause: PolicyCondition, kinds: Mapping[str, str]) -> str:
    """The part of a clause that cannot be: `field`, `test`, `value`, or nothing."""
    if clause.field not in kinds:
        return "field"
    if kinds[clause.field] not in TESTS.get(clause.test, ()):
        return "test"
    return "" if _is_value(kinds[clause.field], clause.value) else "value"


def _is_value(kind: str, text: str) -> bool:
    try:
        if kind == "number":
            return Decimal(text).is_finite()
        if kind == "date":
            date.fromisoformat(text)
    except (InvalidOperation, ValueError):
        return False
    return kind != "flag" or text.lower() in YES | NO


def wrong_values(kind: str, cells: Cells) -> NDArray[np.bool_]:
    """Which rows hold a text that is no value of the kind."""
    return cells.mapped(lambda text: not _is_value(kind, text), False, np.bool_)


def compile_condition(test: str, value: str) -> Callable[[str], bool]:
    """The test of one known text. Bounds are decided on decimals: 5 is 5.0, and 4.99 is less.

    Source: Kleene (1952); docs/adr/0010 (6).
    """
    if test in ("in", "not_in"):
        words, wanted = frozenset(word.strip() for word in value.split(";")), test == "in"
        return lambda text: (text in words) is wanted
    if test == "is":
        return lambda text: (text.lower() in YES) is (value.lower() in YES)
    if test in ("before", "on_or_after"):
        return lambda text: (text < value) is (test == "before")
    bound = Decimal(value)
    compare: dict[str, Callable[[Decimal], bool]] = {
        ">=": bound.__le__, ">": bound.__lt__, "<": bound.__gt__, "<=": bound.__ge__,
    }  # fmt: skip
    told = compare[test]
    return lambda text: bool(told(Decimal(text)))


def _states(texts: Sequence[str], floats: NDArray[np.float64] | None, test: str, value: str) -> NDArray[np.uint8]:
    """The state of every distinct text, and unknown behind them for no value (code -1)."""
    holds = compile_condition(test, value)
    states = np.full(len(texts) + 1, UNKNOWN, dtype=np.uint8)
    if floats is None:
        states[:-1] = [YES_STATE if holds(text) else NO_STATE for text in texts]
        return states
    bound = float(value)
    yes = {">=": floats >= bound, ">": floats > bound, "<": floats < bound, "<=": floats <= bound}[test]
    states[:-1] = np.where(yes, YES_STATE, NO_STATE)
    for place in np.flatnonzero(
        np.abs(floats - bound) <= _NEAR * max(1.0, abs(bound))
    ).tolist():  # a float decides no bound
        states[place] = YES_STATE if holds(texts[place]) else NO_STATE
    return states


def _float(text: str) -> float:
    """A number, or NaN for a text of a rejected row, which no subject holds any more."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


@dataclass
class Register:
    """Columns of subjects of which clauses may be asked.

    Args:
        columns: Text cells by field. kinds: Kind of each field. size: Subjects.
    """

    columns: Mapping[str, Cells]
    kinds: Mapping[str, str]
    size: int

    def __post_init__(self) -> None:
        self._floats: dict[str, NDArray[np.float64]] = {}
        self._tables: dict[tuple[str, str, str], NDArray[np.uint8]] = {}

    def table_of(self, condition: tuple[str, str, str]) -> tuple[NDArray[np.int32], NDArray[np.uint8]] | None:
        """Codes of a condition's column and the state of every code; None when no subject has the field."""
        field, test, value = condition
        cells = self.columns.get(field)
        if cells is None:
            return None
        if self.kinds[field] == "number" and field not in self._floats:
            self._floats[field] = np.array([_float(text) for text in cells.texts], dtype=np.float64)
        if condition not in self._tables:
            self._tables[condition] = _states(cells.texts, self._floats.get(field), test, value)
        return cells.codes, self._tables[condition]


class ClauseAnswers(NamedTuple):
    """The answers of a block of subjects: states, uint8[policies, subjects], and which fields are missing.

    `missing`: uint64[policies, subjects], a bit for each field of `fields[policy]`; None when not asked for.
    """

    states: NDArray[np.uint8]
    missing: list[NDArray[Any]] | None


class ClauseSet:
    """The clauses of some policies that count on one day.

    Args:
        clauses: Of every day. day: ISO.
        broken: Names of clauses that cannot be asked; their state is unknown, so nobody gets a yes by a typing error.
    """

    def __init__(self, clauses: Sequence[PolicyCondition], day: str, broken: frozenset[str] = frozenset()) -> None:
        self.day = day
        self.policies = sorted({clause.policy for clause in clauses})
        self.broken = broken
        found: dict[str, dict[str, list[PolicyCondition]]] = {policy: {} for policy in self.policies}
        for clause in sorted(clauses):
            if clause.holds_on(day):
                found[clause.policy].setdefault(clause.alternative, []).append(clause)
        self.alternatives = [[*found[policy].values()] for policy in self.policies]
        self.fields = [sorted({c.field for a in alternatives for c in a}) for alternatives in self.alternatives]

    def answers(self, register: Register, first: int, last: int, *, missing: bool = True) -> ClauseAnswers:
        """The answers of subjects `first`..`last` of a register."""
        known: dict[tuple[str, str, str], NDArray[np.uint8]] = {}
        size = last - first

        def state(clause: PolicyCondition) -> NDArray[np.uint8]:
            if clause.condition not in known:
                table = None if clause.name in self.broken else register.table_of(clause.condition)
                unknown = np.full(size, UNKNOWN, dtype=np.uint8)
                known[clause.condition] = unknown if table is None else table[1].take(table[0][first:last], mode="wrap")
            return known[clause.condition]

        states = np.zeros((len(self.policies), size), dtype=np.uint8)
        lacking: list[NDArray[Any]] = []
        for place, alternatives in enumerate(self.alternatives):
            bits = {field: bit for bit, field in enumerate(self.fields[place])}
            lacks = np.zeros(size if missing else 0, dtype=np.uint64 if len(bits) <= 64 else object)
            for clauses in alternatives:
                whole = state(clauses[0]).copy()
                for clause in clauses[1:]:
                    np.minimum(whole, state(clause), out=whole)
                np.maximum(states[place], whole, out=states[place])
                if missing:
                    lacks |= self._lacking(clauses, state, bits, whole, lacks.dtype)
            if missing:
                lacking.append(np.where(states[place] == UNKNOWN, lacks, 0))
        return ClauseAnswers(states, lacking if missing else None)

    @staticmethod
    def _lacking(
        clauses: list[PolicyCondition],
        state: Callable[[PolicyCondition], NDArray[np.uint8]],
        bits: dict[str, int],
        whole: Any,
        kind: Any,
    ) -> NDArray[Any]:
        """The fields that are not known, of subjects for whom the alternative is not yet false."""
        lacks = np.zeros(len(whole), dtype=kind)
        for clause in clauses:
            lacks |= np.where(state(clause) == UNKNOWN, kind.type(1 << bits[clause.field]), kind.type(0))
        return np.where(whole == NO_STATE, kind.type(0), lacks)

    def missing_text(self, place: int, bits: int) -> str:
        """The missing fields of an answer, joined by `;`."""
        return ";".join(field for bit, field in enumerate(self.fields[place]) if bits >> bit & 1)

    def ask_one(self, facts: Mapping[str, str]) -> dict[str, tuple[str, list[str]]]:
        """Answer and missing fields of every policy for one subject.

        Args:
            facts: Texts by field; a field that is not there, or empty, is not known.

        Source: Kleene (1952).
        """
        told = {}
        for policy, alternatives in zip(self.policies, self.alternatives, strict=True):
            best, lacks = NO_STATE, set()
            for clauses in alternatives:
                states = [self._one(clause, facts) for clause in clauses]
                whole = min(states)
                best = max(best, whole)
                if whole != NO_STATE:
                    lacks |= {c.field for c, s in zip(clauses, states, strict=True) if s == UNKNOWN}
            told[policy] = NAMES[best], sorted(lacks) if best == UNKNOWN else []
        return told

    def _one(self, clause: PolicyCondition, facts: Mapping[str, str]) -> int:
        text = facts.get(clause.field, "")
        if not text or clause.name in self.broken:
            return UNKNOWN
        return YES_STATE if _compiled(clause.test, clause.value)(text) else NO_STATE


_known_conditions: dict[tuple[str, str], Callable[[str], bool]] = {}


def _compiled(test: str, value: str) -> Callable[[str], bool]:
    if (test, value) not in _known_conditions:
        _known_conditions[test, value] = compile_condition(test, value)
    return _known_conditions[test, value]
