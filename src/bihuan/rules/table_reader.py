"""Reading and checking a rule table. Whatever is wrong is reported with line, field, rule and remedy.

Checked: unknown or missing fields, rows out of order, overlapping bounds, gaps between them or at the ends of the
declared domain, words not declared, combinations without a row, keys between which neither is more specific.
"""

from decimal import Decimal
from itertools import combinations, pairwise, product
from typing import Final

from bihuan.declare.reader import Reader
from bihuan.declare.source import Node
from bihuan.rules.bounds import Bounds, Cut, first_between
from bihuan.rules.fields import Output, TableInput, check_names, read_bounds, read_inputs, read_outputs, read_value
from bihuan.rules.meta import OPTIONAL, REQUIRED, read_meta
from bihuan.rules.resolved import RuleRow, Value
from bihuan.rules.tables import ANY, Key, RuleTable, TableRow, covering_cells, covering_keys, group_rows

_ROW_OPTIONAL: Final = {"citation", "verified", "note"}
# More combinations of declared words than this are not enumerated when looking for missing rows.
_COMBINATIONS: Final = 100_000


def read_table(node: Node, reader: Reader) -> RuleTable:
    """The rule table in the document `node`.

    Raises:
        DeclarationError: with every problem found in the document.

    Source: docs/topics/rules.md, "A rule table" (what is checked); docs/adr/0010 (2, 3).
    """
    named = reader.fields(node, {"table", "inputs", "outputs", "rows"} | REQUIRED, {"gaps"} | OPTIONAL)
    meta = read_meta("table", node, named, reader)
    inputs, outputs = read_inputs(named.get("inputs"), reader), read_outputs(named.get("outputs"), reader)
    gaps = reader.text(named.get("gaps"))
    _check_declaration(node, inputs, outputs, reader)
    reader.stop_if_wrong()
    nodes = reader.items(named.get("rows"))
    rows = tuple(
        _read_row(number, item, inputs, outputs, meta.citation, meta.verified, reader)
        for number, item in enumerate(nodes, 1)
    )
    if not rows:
        reader.problem(named["rows"], "The table has no row.", "Add at least one row.")
    reader.stop_if_wrong()
    _check_rows(node, nodes, inputs, rows, gaps, reader)
    reader.stop_if_wrong()
    return RuleTable(meta, inputs, outputs, rows, gaps)


def _check_declaration(node: Node, inputs: tuple[TableInput, ...], outputs: tuple[Output, ...], reader: Reader) -> None:
    check_names(node, (*inputs, *outputs), reader)
    if not inputs or not outputs:
        reader.problem(node, "A table needs at least one input and one output.", "Declare them.")
    numeric = [item.name for item in inputs if item.kind == "number"]
    if len(numeric) > 1:
        reader.problem(
            node, f"A rule table takes one number, this one takes {', '.join(numeric)}.", "Write a 'decision:' instead."
        )
    for item in inputs:
        if item.optional:
            reader.problem(node, f"'{item.name}' cannot be optional here.", "Use a '*' row, or a 'decision:'.")
    if not numeric and any(item.kind == "linear" for item in outputs):
        reader.problem(node, "A linear output needs a number to follow.", "Declare an input of kind number.")


def _read_row(
    number: int,
    node: Node,
    inputs: tuple[TableInput, ...],
    outputs: tuple[Output, ...],
    citation: str,
    verified: bool,
    reader: Reader,
) -> TableRow:
    required = {item.name for item in inputs} | {item.name for item in outputs}
    named = reader.fields(node, required, _ROW_OPTIONAL)
    bounds: Bounds | None = None
    key: list[str | bool] = []
    for item in inputs:
        cell = named.get(item.name)
        if cell is None:
            continue
        if item.kind == "number":
            bounds = _read_cell_bounds(item, cell, reader)
        else:
            key.append(_read_word(item, cell, reader))
    constants: dict[str, Value] = {}
    linear: dict[str, tuple[Decimal, Decimal]] = {}
    for output in outputs:
        if output.name not in named:
            continue
        value = read_value(output, named[output.name], reader)
        if isinstance(value, tuple):
            linear[output.name] = value
        else:
            constants[output.name] = value  # type: ignore[assignment]  # read_value gives one of the Value types
    if linear and bounds is not None and (bounds.low.is_infinite() or bounds.high.is_infinite()):
        reader.problem(
            node, f"A linear value cannot run to infinity ({bounds}).", "End the bounds, or give one number."
        )
    if linear and bounds is not None and bounds.low == bounds.high:
        reader.problem(node, f"A linear value needs two different ends ({bounds}).", "Give one number.")
    head = RuleRow(
        number,
        node.line,
        reader.text(named.get("citation"), citation),
        reader.flag(named.get("verified"), default=verified),
        reader.text(named.get("note")),
    )
    return TableRow(head, tuple(key), bounds, constants, linear)


def _read_cell_bounds(item: TableInput, node: Node, reader: Reader) -> Bounds | None:
    bounds = read_bounds(node, reader)
    if bounds is None or item.domain is None:
        return bounds
    if bounds.lower < item.domain.lower or item.domain.upper < bounds.upper:
        reader.problem(
            node, f"{bounds} leaves the declared domain {item.domain}.", "Narrow the bounds or widen the domain."
        )
    return bounds


def _read_word(item: TableInput, node: Node, reader: Reader) -> str | bool:
    text = reader.text(node, ANY)
    if text == ANY:
        return ANY
    if item.kind == "flag":
        return reader.flag(node)
    if item.values and text not in item.values:
        reader.problem(
            node, f"'{text}' is not declared for {item.name}.", f"Use one of: {', '.join(item.values)} or '*'."
        )
    return text


def _check_rows(
    node: Node,
    nodes: tuple[Node, ...],
    inputs: tuple[TableInput, ...],
    rows: tuple[TableRow, ...],
    gaps: str,
    reader: Reader,
) -> None:
    groups = group_rows(rows)
    numeric = next((item for item in inputs if item.kind == "number"), None)
    words = tuple(item for item in inputs if item.kind != "number")
    for key, group in groups.items():
        if numeric is None:
            for row in group[1:]:
                rule = f"Row {row.row.number} has the same key as row {group[0].row.number}: {_told(words, key)}."
                reader.problem(nodes[row.row.number - 1], rule, "Remove one, or make one more specific.")
        else:
            _check_order(nodes, group, reader)
            if not gaps:
                _check_gaps(nodes, group, numeric, reader)
    _check_ambiguous(nodes, words, groups, reader)
    if not gaps:
        _check_missing(node, words, groups, reader)


def _check_order(nodes: tuple[Node, ...], group: list[TableRow], reader: Reader) -> None:
    for before, after in pairwise(group):
        below, above = _bounds(before), _bounds(after)
        place = nodes[after.row.number - 1]
        if above.overlaps(below):
            reader.problem(
                place,
                f"Bounds {above} overlap {below} of row {before.row.number}.",
                "Make one end open, or move it, so that each number has one row.",
            )
        elif above.lower < below.lower:
            reader.problem(
                place,
                f"Bounds {above} come after {below} of row {before.row.number}: rows are unsorted.",
                "List the rows of one key from low to high.",
            )


def _bounds(row: TableRow) -> Bounds:
    assert row.bounds is not None, "only rows of a table with a number come here"
    return row.bounds


def _check_gaps(nodes: tuple[Node, ...], group: list[TableRow], numeric: TableInput, reader: Reader) -> None:
    start, end = numeric.span
    edges: list[tuple[Cut, Cut, TableRow]] = []
    for before, after in pairwise(group):
        edges.append((_bounds(before).upper, _bounds(after).lower, after))
    if numeric.domain is not None:
        edges.append((start, _bounds(group[0]).lower, group[0]))
        edges.append((_bounds(group[-1]).upper, end, group[-1]))
    for lower, upper, row in edges:
        missing = first_between(lower, upper, numeric.rounding.step)
        if missing is not None:
            reader.problem(
                nodes[row.row.number - 1],
                f"No row answers {numeric.name} = {format(missing, 'f')}: a gap.",
                "Close the gap, or declare 'gaps: <reason>' for the table.",
            )


def _check_ambiguous(
    nodes: tuple[Node, ...], words: tuple[TableInput, ...], groups: dict[Key, list[TableRow]], reader: Reader
) -> None:
    """Two keys that can both fit, neither the more specific, need a third row for where they meet."""
    if all(ANY not in key for key in groups) and all(item.kind != "prefix" for item in words):
        return
    for (one, first), (two, second) in combinations(groups.items(), 2):
        meet = _meet(words, one, two)
        if meet is not None and meet not in (one, two) and meet not in groups:
            reader.problem(
                nodes[second[0].row.number - 1],
                f"Rows {first[0].row.number} and {second[0].row.number} both fit {_told(words, meet)}; "
                "neither is more specific.",
                f"Add a row for {_told(words, meet)}.",
            )


def _meet(words: tuple[TableInput, ...], one: Key, two: Key) -> Key | None:
    meet: list[str | bool] = []
    for item, left, right in zip(words, one, two, strict=True):
        if right in covering_cells(item, left):
            meet.append(left)
        elif left in covering_cells(item, right):
            meet.append(right)
        else:
            return None
    return tuple(meet)


def _check_missing(
    node: Node, words: tuple[TableInput, ...], groups: dict[Key, list[TableRow]], reader: Reader
) -> None:
    """Where all words are declared, every combination needs a row."""
    spaces: list[tuple[str | bool, ...]] = []
    size = 1
    for item in words:
        values: tuple[str | bool, ...] = (True, False) if item.kind == "flag" else item.values
        if not values:  # an open set of words cannot be enumerated
            return
        spaces.append(values)
        size *= len(values)
    if size > _COMBINATIONS:
        return
    for key in product(*spaces):
        if not any(candidate in groups for candidate in covering_keys(words, key)):
            reader.problem(
                node, f"No row answers {_told(words, key)}: a gap.", "Add the row, or declare 'gaps: <reason>'.", "rows"
            )


def _told(words: tuple[TableInput, ...], key: Key) -> str:
    return ", ".join(f"{item.name}={word}" for item, word in zip(words, key, strict=True)) or "the table"
