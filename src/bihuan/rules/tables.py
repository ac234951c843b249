"""Rule tables 规则表: one answer for each question, chosen by codes, the place in a tree, and at most one number.

A row is keyed by its code, prefix and flag cells ("*" covers all); among the rows that fit, the most specific key
wins as a whole, and the bounds of its rows then place the number. Several numbers at once: see `decisions`.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Final

from bihuan.rules.bounds import Bounds, Cut
from bihuan.rules.errors import InputError
from bihuan.rules.fields import Output, TableInput, asked, units_of
from bihuan.rules.meta import Meta
from bihuan.rules.resolved import Resolved, RuleRow, Value, no_row

type Word = str | bool
type Key = tuple[Word, ...]
ANY: Final = "*"
_CACHE_LIMIT: Final = 65536


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as read: its key, its bounds (None without a numeric input), constants, and linear outputs."""

    row: RuleRow
    key: Key
    bounds: Bounds | None
    constants: Mapping[str, Value]
    linear: Mapping[str, tuple[Decimal, Decimal]]


class RowGroup:
    """The rows of one key, in ascending order of their bounds."""

    __slots__ = ("answers", "lowers", "rows", "uppers")

    def __init__(self, rows: list[TableRow], meta: Meta, units: Mapping[str, str]) -> None:
        self.rows = tuple(rows)
        self.answers = tuple(Resolved(row.constants, meta, row.row, units) for row in rows)
        self.lowers: list[Cut] = [row.bounds.lower for row in rows if row.bounds]
        self.uppers: list[Cut] = [row.bounds.upper for row in rows if row.bounds]

    def place(self, number: Decimal) -> int | None:
        """Index of the row whose bounds contain `number`."""
        index = bisect_right(self.lowers, (number, 0)) - 1
        return index if index >= 0 and (number, 1) <= self.uppers[index] else None


class RuleTable:
    """One edition of a rule table, compiled. Made by `bihuan.rules.table_reader.read_table`."""

    def __init__(
        self,
        meta: Meta,
        inputs: tuple[TableInput, ...],
        outputs: tuple[Output, ...],
        rows: tuple[TableRow, ...],
        gaps: str = "",
    ) -> None:
        self.meta, self.inputs, self.outputs, self.rows, self.gaps = meta, inputs, outputs, rows, gaps
        self.words = tuple(item for item in inputs if item.kind != "number")
        self.numeric = next((item for item in inputs if item.kind == "number"), None)
        self._rounding = {item.name: item.rounding for item in outputs}
        self._names = tuple(item.name for item in self.words)
        self._count = len(inputs)
        self._units = units_of(outputs)
        self._bands = {key: RowGroup(group, meta, self._units) for key, group in group_rows(rows).items()}
        self._found: dict[Key, RowGroup | None] = {}
        self._between: dict[tuple[int, Decimal], Resolved] = {}

    def lookup(self, **given: object) -> Resolved:
        """The answer for the given inputs.

        Args:
            **given: one value per declared input: str for codes and prefixes, bool for flags, int, Decimal or decimal
                text for the number.

        Raises:
            InputError: an input is unknown, missing, of the wrong type or outside its domain.
            NoRuleError: no row fits.

        Source: docs/topics/rules.md, "A rule table"; docs/adr/0010 (4).
        """
        answer = self.find(**given)
        if answer is None:
            raise no_row(self.meta, given, self.gaps)
        return answer

    def find(self, **given: object) -> Resolved | None:
        """As `lookup`, but None where no row fits. Source: docs/topics/rules.md, "A rule table"."""
        try:
            key = tuple([given[name] for name in self._names])
            number = None if self.numeric is None else given[self.numeric.name]
        except KeyError:
            asked(self.inputs, given, self.meta.id)
            raise
        if len(given) != self._count:
            asked(self.inputs, given, self.meta.id)
        try:
            band = self._found[key]  # type: ignore[index]  # an unchecked key simply misses and is checked below
        except (KeyError, TypeError):
            band = self._search(key)
        if band is None:
            return None
        if self.numeric is None:
            return band.answers[0]
        value = self.numeric.number(number)
        index = band.place(value)
        if index is None:
            return None
        return band.answers[index] if not band.rows[index].linear else self._interpolated(band, index, value)

    def _search(self, raw: tuple[object, ...]) -> RowGroup | None:
        key = tuple(item.word(value) for item, value in zip(self.words, raw, strict=True))
        band = next(
            (self._bands[candidate] for candidate in covering_keys(self.words, key) if candidate in self._bands), None
        )
        if len(self._found) >= _CACHE_LIMIT:
            self._found.clear()
        self._found[key] = band
        return band

    def _interpolated(self, band: RowGroup, index: int, value: Decimal) -> Resolved:
        row = band.rows[index]
        known = self._between.get((row.row.number, value))
        if known is not None:
            return known
        bounds = row.bounds
        if bounds is None:
            raise InputError(f"{self.meta.id}: row {row.row.number} is linear without bounds.")
        share = Fraction(value - bounds.low) / Fraction(bounds.high - bounds.low)
        values = dict(row.constants)
        for name, (start, end) in row.linear.items():
            values[name] = self._rounding[name].exact(Fraction(start) + share * Fraction(end - start))
        if len(self._between) >= _CACHE_LIMIT:
            self._between.clear()
        answer = self._between[row.row.number, value] = Resolved(values, self.meta, row.row, self._units)
        return answer


def group_rows(rows: tuple[TableRow, ...]) -> dict[Key, list[TableRow]]:
    """The rows by key, in file order."""
    groups: dict[Key, list[TableRow]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    return groups


def covering_cells(item: TableInput, word: Word) -> tuple[Word, ...]:
    """The cells that cover `word`, most specific first, ending with '*'.

    Source: docs/topics/rules.md, "A rule table" (input kinds).
    """
    if item.kind != "prefix" or not isinstance(word, str):
        return (word, ANY) if word != ANY else (ANY,)
    parts = word.split(".")
    return (*(".".join(parts[:length]) for length in range(len(parts), 0, -1)), ANY)


def covering_keys(words: tuple[TableInput, ...], key: Key) -> list[Key]:
    """All keys that cover `key`, the more specific before the less (sum of levels).

    Source: docs/topics/rules.md, "A rule table" (the most specific row answers).
    """
    chains = [covering_cells(item, word) for item, word in zip(words, key, strict=True)]
    ranked = sorted(product(*(enumerate(links) for links in chains)), key=lambda pick: sum(rank for rank, _ in pick))
    return [tuple(word for _, word in pick) for pick in ranked]
