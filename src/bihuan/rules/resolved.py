"""The answer of a table: a value together with where it came from, ready to be stored in an event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from bihuan.declare.source import JSON
from bihuan.rules.errors import InputError, NoRuleError
from bihuan.rules.meta import Meta
from bihuan.rules.quantities import number_text

type Value = Decimal | Fraction | int | str | bool | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One row of a table as declared: `number` counts from 1 in file order."""

    number: int
    line: int
    citation: str
    verified: bool
    note: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a table answered. It needs no table any more: old cases stay explainable after every rule has changed.

    `units`: of the values that have one, by output.
    """

    values: Mapping[str, Value]
    meta: Meta
    row: RuleRow
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def value(self) -> Value:
        """The answer of a table with one output; raises InputError when there are several."""
        if len(self.values) == 1:
            return next(iter(self.values.values()))
        raise InputError(f"{self.meta.id} answers {', '.join(self.values)}; ask for one of them by name.")

    def __getitem__(self, name: str) -> Value:
        try:
            return self.values[name]
        except KeyError:
            raise InputError(f"{self.meta.id} has no output '{name}', only {', '.join(self.values)}.") from None

    @property
    def table(self) -> str:
        """Identifier of the table."""
        return self.meta.id

    @property
    def edition(self) -> str:
        """Name of the edition."""
        return self.meta.edition

    @property
    def citation(self) -> str:
        """The row's own citation, or the table's.

        Source: docs/topics/rules.md, "A rule table" (a row may cite its own).
        """
        return self.row.citation

    @property
    def verified(self) -> bool:
        """Whether somebody checked this row against the official text."""
        return self.row.verified

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON without floats (numbers with decimals as text), a fresh object at each call.

        Source: docs/adr/0010 (4): the answer goes into the event and is never looked up again.
        """
        meta = self.meta
        return {
            "table": meta.id,
            "edition": meta.edition,
            "jurisdiction": meta.jurisdiction,
            "digest": meta.digest,
            "row": self.row.number,
            "source": meta.source,
            "citation": self.row.citation,
            "verified": self.row.verified,
            "note": self.row.note or meta.note,
            "units": dict(self.units),
            "values": {name: plain_value(value) for name, value in self.values.items()},
        }


def plain_value(value: Value) -> JSON:
    """One value as JSON: Decimals and Fractions become text. Source: docs/adr/0010 (4)."""
    if isinstance(value, bool | int | str):
        return value
    return number_text(value) if isinstance(value, Decimal | Fraction) else dict(value)


def no_row(meta: Meta, given: Mapping[str, object], gaps: str) -> NoRuleError:
    """The error that no row of the edition answers `given`; `gaps` is the reason the edition gives for its gaps.

    Source: docs/topics/rules.md, "A rule table" (a gap that is meant is declared).
    """
    told = ", ".join(f"{name}={value}" for name, value in given.items())
    return NoRuleError(
        f"{meta.file}:{meta.line}: {meta.kind} '{meta.id}', edition {meta.edition}, has no row for {told}. "
        f"Remedy: add the row with its citation{f', or see its gaps: {gaps}.' if gaps else '.'}"
    )
