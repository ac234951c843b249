"""Boundary cases derived from a table itself: every class of inputs the table can tell apart, at its edges.

Each number line is cut where some row's bounds or the domain end; of each piece the first and the last value on the
declared grid stand for all. Each code stands for itself and one unlisted word for all others. The product of these
is exhaustive: a table that answers them rightly answers everything rightly. `boundary_cases` also serves to freeze
a table's answers as a fixture, and the readers use the same pieces to prove that nothing is missing or double.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, product
from typing import Final

from bihuan.rules.bounds import Bounds, Cut, first_between, last_between
from bihuan.rules.decisions import Condition, DecisionTable, Given
from bihuan.rules.errors import InputError
from bihuan.rules.fields import TableInput
from bihuan.rules.tables import ANY, RuleTable, covering_keys, group_rows

OTHER: Final = "unlisted"


@dataclass(frozen=True, slots=True)
class BoundaryCase:
    """One question at an edge and the numbers of the rows (from 1) that the declaration says must answer it."""

    given: Mapping[str, Given]
    rows: tuple[int, ...]


def edge_values(item: TableInput, bounds: Sequence[Bounds]) -> tuple[Decimal, ...]:
    """Ascending values of `item` at and beside every end of `bounds`, at least one in each piece between two ends.

    Source: boundary value analysis, ISO/IEC/IEEE 29119-4.
    """
    start, end = item.span
    cuts: set[Cut] = {start, end}
    for one in bounds:
        cuts.update((one.lower, one.upper))
    values: set[Decimal] = set()
    for lower, upper in pairwise(sorted(cut for cut in cuts if start <= cut <= end)):
        for pick in (first_between, last_between):
            value = pick(lower, upper, item.rounding.step)
            if value is not None:
                values.add(value)
    return tuple(sorted(values))


def representatives(item: TableInput, conditions: Sequence[Condition]) -> tuple[Given, ...]:
    """Values that stand for every value of `item` the `conditions` can tell apart.

    Source: equivalence partitioning, ISO/IEC/IEEE 29119-4.
    """
    found: list[Given] = []
    if item.kind == "number":
        found.extend(edge_values(item, [bounds for condition in conditions for bounds in condition.bounds]))
    elif item.kind == "flag":
        found.extend((False, True))
    elif item.values:
        found.extend(item.values)
    else:
        found.extend(sorted({str(word) for condition in conditions for word in condition.words}))
        found.append(OTHER)
    if item.optional:
        found.append(None)
    return tuple(found)


def boundary_cases(table: RuleTable | DecisionTable, limit: int = 200_000) -> Iterator[BoundaryCase]:
    """Every boundary case of `table` with the rows its declaration names, for tests and frozen fixtures.

    Args:
        table: the table.
        limit: most cases to generate.

    Raises:
        InputError: there would be more than `limit` cases; split the table.

    Source: ISO/IEC/IEEE 29119-4; docs/topics/rules.md, "A decision table".
    """
    if isinstance(table, DecisionTable):
        return _decision_cases(table, limit)
    return _table_cases(table, limit)


def _decision_cases(table: DecisionTable, limit: int) -> Iterator[BoundaryCase]:
    names = [item.name for item in table.inputs]
    spaces = [
        representatives(item, [row.when[item.name] for row in table.rows if item.name in row.when])
        for item in table.inputs
    ]
    _check_limit(table.meta.id, spaces, limit)
    for values in product(*spaces):
        given = dict(zip(names, values, strict=True))
        fitting = tuple(row.row.number for row in table.rows if row.fits(given))
        yield BoundaryCase(given, fitting[:1] if table.hit == "first" else fitting)


def _table_cases(table: RuleTable, limit: int) -> Iterator[BoundaryCase]:
    groups = group_rows(table.rows)
    spaces: list[Sequence[Given]] = []
    for position, item in enumerate(table.words):
        cells = {key[position] for key in groups} - {ANY}
        if item.kind == "flag":
            spaces.append((False, True))
        else:
            spaces.append(item.values or (*sorted(map(str, cells)), OTHER))
    _check_limit(table.meta.id, spaces, limit)
    for values in product(*spaces):
        given: dict[str, Given] = {item.name: value for item, value in zip(table.words, values, strict=True)}
        key = tuple(value for value in values if isinstance(value, str | bool))
        group = next((groups[cover] for cover in covering_keys(table.words, key) if cover in groups), [])
        if table.numeric is None:
            yield BoundaryCase(given, tuple(row.row.number for row in group))
            continue
        for number in edge_values(table.numeric, [row.bounds for row in group if row.bounds]):
            rows = tuple(row.row.number for row in group if row.bounds and row.bounds.contains(number))
            yield BoundaryCase(given | {table.numeric.name: number}, rows)


def _check_limit(name: str, spaces: Sequence[Sequence[object]], limit: int) -> None:
    size = 1
    for space in spaces:
        size *= max(1, len(space))
    if size > limit:
        raise InputError(f"{name} has {size} boundary cases, more than {limit}; split the table or raise the limit.")
