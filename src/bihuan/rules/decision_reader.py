"""Reading and checking a decision table: complete, free of contradictions, without rows that can never answer.

The proof walks the pieces of `boundaries.representatives` input by input, keeping one example for each set of rows
still possible, so that the number of examples stays small where the product of the pieces would explode.
"""

from typing import Final

from bihuan.declare.reader import Reader
from bihuan.declare.source import Node
from bihuan.rules.boundaries import representatives
from bihuan.rules.bounds import Bounds
from bihuan.rules.decisions import HIT_POLICIES, Condition, DecisionRow, DecisionTable, Given
from bihuan.rules.fields import Output, TableInput, check_names, read_bounds, read_inputs, read_outputs, read_value
from bihuan.rules.meta import OPTIONAL, REQUIRED, read_meta
from bihuan.rules.resolved import RuleRow, Value

_MISSING: Final = "missing"


def read_decision(node: Node, reader: Reader) -> DecisionTable:
    """The decision table in the document `node`.

    Raises:
        DeclarationError: with every problem found in the document.

    Source: docs/topics/rules.md, "A decision table"; hit policies after OMG DMN.
    """
    named = reader.fields(node, {"decision", "hit", "inputs", "outputs", "rows"} | REQUIRED, {"gaps"} | OPTIONAL)
    meta = read_meta("decision", node, named, reader)
    hit = reader.choice(named.get("hit"), HIT_POLICIES, "unique")
    gaps = reader.text(named.get("gaps"))
    inputs, outputs = read_inputs(named.get("inputs"), reader), read_outputs(named.get("outputs"), reader)
    _check_declaration(node, inputs, outputs, reader)
    reader.stop_if_wrong()
    nodes = reader.items(named.get("rows"))
    rows = tuple(_read_row(n, item, inputs, outputs, named, reader) for n, item in enumerate(nodes, 1))
    reader.stop_if_wrong()
    _check_rows(node, nodes, hit, inputs, rows, gaps, reader)
    reader.stop_if_wrong()
    return DecisionTable(meta, hit, inputs, outputs, rows, gaps)


def _check_declaration(node: Node, inputs: tuple[TableInput, ...], outputs: tuple[Output, ...], reader: Reader) -> None:
    check_names(node, (*inputs, *outputs), reader)
    if not inputs or not outputs:
        reader.problem(node, "A decision needs at least one input and one output.", "Declare them.")
    for item in inputs:
        if item.kind == "prefix":
            reader.problem(node, f"'{item.name}': prefixes have no place in a decision.", "Use kind code with a list.")
    for output in outputs:
        if output.kind == "linear":
            reader.problem(node, f"'{output.name}': a decision cannot interpolate.", "Use a 'table:' for it.")


def _read_row(
    number: int,
    node: Node,
    inputs: tuple[TableInput, ...],
    outputs: tuple[Output, ...],
    document: dict[str, Node],
    reader: Reader,
) -> DecisionRow:
    named = reader.fields(node, {"then"}, {"when", "citation", "verified", "note"})
    by_name = {item.name: item for item in inputs}
    cells = reader.fields(named["when"], set(), set(by_name)) if "when" in named else {}
    answers = reader.fields(named["then"], {item.name for item in outputs}, set()) if "then" in named else {}
    then: dict[str, Value] = {}
    for output in outputs:
        if output.name in answers:
            then[output.name] = read_value(output, answers[output.name], reader)  # type: ignore[assignment]  # no pairs: linear outputs are refused above
    head = RuleRow(
        number,
        node.line,
        reader.text(named.get("citation"), reader.text(document.get("citation"))),
        reader.flag(named.get("verified"), default=reader.flag(document.get("verified"))),
        reader.text(named.get("note")),
    )
    return DecisionRow(head, {name: _read_cell(by_name[name], cell, reader) for name, cell in cells.items()}, then)


def _read_cell(item: TableInput, node: Node, reader: Reader) -> Condition:
    if node.fields is not None:
        return _read_negation(item, node, reader)
    parts = node.items if node.items is not None else (node,)
    missing = any(part.text == _MISSING for part in parts)
    if missing and not item.optional:
        reader.problem(node, f"'{item.name}' can never be missing.", "Declare it 'optional: true', or drop 'missing'.")
    present = [part for part in parts if part.text != _MISSING]
    if item.kind == "number":
        found = [read_bounds(part, reader) for part in present]
        bounds: tuple[Bounds, ...] = tuple(one for one in found if one is not None)
        return Condition(bounds=bounds, missing=missing)
    return Condition(words=frozenset(_read_word(item, part, reader) for part in present), missing=missing)


def _read_negation(item: TableInput, node: Node, reader: Reader) -> Condition:
    named = reader.fields(node, {"not"}, set())
    if item.kind != "code":
        reader.problem(
            node, f"'not' fits codes only, {item.name} is a {item.kind}.", "Write the bounds or flag that holds."
        )
    words = frozenset(_read_word(item, part, reader) for part in reader.items(named.get("not")))
    return Condition(words=words, negated=True)


def _read_word(item: TableInput, node: Node, reader: Reader) -> str | bool:
    if item.kind == "flag":
        return reader.flag(node)
    text = reader.text(node)
    if item.values and text not in item.values:
        reader.problem(node, f"'{text}' is not declared for {item.name}.", f"Use one of: {', '.join(item.values)}.")
    return text


def _check_rows(
    node: Node,
    nodes: tuple[Node, ...],
    hit: str,
    inputs: tuple[TableInput, ...],
    rows: tuple[DecisionRow, ...],
    gaps: str,
    reader: Reader,
) -> None:
    if not rows:
        reader.problem(node, "The decision has no row.", "Add at least one row.", "rows")
        return
    outcomes = _outcomes(inputs, rows)
    if hit != "collect" and not gaps and 0 in outcomes:
        rule = f"No row answers {_told(outcomes[0])}: a gap."
        reader.problem(node, rule, "Add the row, a last row without 'when' (hit: first), or 'gaps: <reason>'.", "rows")
    if hit == "unique":
        _check_overlaps(nodes, outcomes, reader)
    answering = 0
    for mask in outcomes:
        answering |= mask & -mask if hit == "first" else mask
    for position, item in enumerate(nodes):
        if not answering >> position & 1:
            remedy = "Remove it, move it up, or mend its conditions."
            reader.problem(item, f"Row {position + 1} can never answer.", remedy)


def _check_overlaps(nodes: tuple[Node, ...], outcomes: dict[int, dict[str, Given]], reader: Reader) -> None:
    seen: set[tuple[int, int]] = set()
    for mask, example in outcomes.items():
        fitting = [position for position in range(len(nodes)) if mask >> position & 1]
        if len(fitting) < 2 or (fitting[0], fitting[1]) in seen:
            continue
        seen.add((fitting[0], fitting[1]))
        rule = f"Rows {fitting[0] + 1} and {fitting[1] + 1} both answer {_told(example)}: an overlap."
        reader.problem(nodes[fitting[1]], rule, "Narrow one of them, or declare 'hit: first'.")


def _outcomes(inputs: tuple[TableInput, ...], rows: tuple[DecisionRow, ...]) -> dict[int, dict[str, Given]]:
    """Each set of rows (as bits) that some inputs make fit together, with one example of such inputs."""
    reached: dict[int, dict[str, Given]] = {(1 << len(rows)) - 1: {}}
    for item in inputs:
        conditions = [row.when.get(item.name) for row in rows]
        pieces: dict[int, Given] = {}
        for value in representatives(item, [condition for condition in conditions if condition is not None]):
            mask = sum(1 << n for n, condition in enumerate(conditions) if condition is None or condition.holds(value))
            pieces.setdefault(mask, value)
        following: dict[int, dict[str, Given]] = {}
        for mask, example in reached.items():
            for piece, value in pieces.items():
                following.setdefault(mask & piece, {**example, item.name: value})
        reached = following
    return reached


def _told(example: dict[str, Given]) -> str:
    return ", ".join(f"{name}={'missing' if value is None else value}" for name, value in example.items())
