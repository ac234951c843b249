"""Decision tables 决策表 after DMN: several inputs at once, each cell a condition, one declared hit policy.

unique: exactly one row may fit, whatever the inputs.  first: the topmost row that fits.  collect: all that fit.
Codes, flags, numbers and *missing* values are told apart; a row's cell left out means "any, even missing".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bihuan.rules.bounds import Bounds
from bihuan.rules.errors import InputError
from bihuan.rules.fields import Output, TableInput, asked, units_of
from bihuan.rules.meta import Meta
from bihuan.rules.resolved import Resolved, RuleRow, Value, no_row

HIT_POLICIES: Final = ("unique", "first", "collect")
type Given = str | bool | Decimal | None


@dataclass(frozen=True, slots=True)
class Condition:
    """One cell: the value must be among `words`, `bounds`, or missing when `missing`; `negated` turns words round."""

    words: frozenset[str | bool] = frozenset()
    bounds: tuple[Bounds, ...] = ()
    missing: bool = False
    negated: bool = False

    def holds(self, value: Given) -> bool:
        """Whether `value` (already checked against its input) satisfies the cell.

        Source: docs/topics/rules.md, "A decision table" (missing is told apart from every value).
        """
        if value is None:
            return self.missing
        if isinstance(value, Decimal):
            before, after = (value, 0), (value, 1)
            for bounds in self.bounds:  # noqa: SIM110  # a generator here costs a third of the whole decision
                if bounds.lower <= before and after <= bounds.upper:
                    return True
            return False
        if self.negated:
            return value not in self.words
        return value in self.words


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One row as read: conditions by input name, and the answer."""

    row: RuleRow
    when: Mapping[str, Condition]
    then: Mapping[str, Value]

    def fits(self, given: Mapping[str, Given]) -> bool:
        """Whether every condition holds."""
        for name, condition in self.when.items():  # noqa: SIM110  # as above
            if not condition.holds(given[name]):
                return False
        return True


class DecisionTable:
    """One edition of a decision table. Made by `bihuan.rules.decision_reader.read_decision`."""

    def __init__(
        self,
        meta: Meta,
        hit: str,
        inputs: tuple[TableInput, ...],
        outputs: tuple[Output, ...],
        rows: tuple[DecisionRow, ...],
        gaps: str = "",
    ) -> None:
        self.meta, self.hit, self.inputs, self.outputs, self.rows, self.gaps = meta, hit, inputs, outputs, rows, gaps
        self._names = frozenset(item.name for item in inputs)
        units = units_of(outputs)
        self._answers = tuple(Resolved(row.then, meta, row.row, units) for row in rows)

    def decide(self, **given: object) -> Resolved:
        """The one answer of a table with hit policy unique or first.

        Args:
            **given: a value per input; an optional input may be left out or None when it is missing.

        Raises:
            InputError: an input is unknown, missing though not optional, or of the wrong type; or the table collects.
            NoRuleError: no row fits.

        Source: OMG DMN, hit policies unique and first.
        """
        if self.hit == "collect":
            raise InputError(f"{self.meta.id} collects several answers; call collect().")
        known = self.checked(given)
        for row, answer in zip(self.rows, self._answers, strict=True):
            if row.fits(known):
                return answer
        raise no_row(self.meta, known, self.gaps)

    def collect(self, **given: object) -> tuple[Resolved, ...]:
        """All answers that fit, in row order; possibly none. Arguments and errors as for `decide`.

        Source: OMG DMN, hit policy collect.
        """
        if self.hit != "collect":
            raise InputError(f"{self.meta.id} has one answer (hit policy {self.hit}); call decide().")
        known = self.checked(given)
        return tuple(answer for row, answer in zip(self.rows, self._answers, strict=True) if row.fits(known))

    def checked(self, given: Mapping[str, object]) -> dict[str, Given]:
        """The inputs by name, checked and rounded; raises InputError."""
        if given.keys() != self._names:
            asked(self.inputs, given, self.meta.id)
        known: dict[str, Given] = {}
        for item in self.inputs:
            value = given.get(item.name)
            if value is None:
                if not item.optional:
                    raise InputError(f"{self.meta.id}: {item.name} is missing; only optional inputs may be None.")
                known[item.name] = None
            else:
                known[item.name] = item.number(value) if item.kind == "number" else item.word(value)
        for item in self.inputs:
            if item.share_of and known[item.name] is None:
                known[item.name] = _share(item, *(known[name] for name in item.share_of))
        return known


def _share(item: TableInput, part: Given, whole: Given) -> Decimal | None:
    """The one number in per cent of the other; missing where one is, or where the whole is nought."""
    if not isinstance(part, Decimal) or not isinstance(whole, Decimal) or not whole:
        return None
    return item.number(100 * part / whole)
