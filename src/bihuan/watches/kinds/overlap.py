"""`overlap`: a subject's place or shape touches one of another type; each pair is an incident. Any touch counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Slug, Strict
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.pure.ground import written_shape
from bihuan.watches.model import Fact, Fault, Hits, Over, Scalar, WatchKind, no_hits
from bihuan.watches.parts import faults_of_field, field_faults
from bihuan.watches.scene import Scene, empty, rows_where

SHAPES = ("geometry", "place")


class Others(Strict):
    """The subjects of another type, by the field of their shape."""

    subject: Slug
    field: Code
    where: dict[Code, Scalar | list[Scalar] | None] = {}


class Overlap(Strict):
    """The field of our shape, and the others."""

    field: Code
    others: Others


def find(scene: Scene, over: Over, rule: Overlap) -> Hits:
    """Every pair that touches. Source: docs/topics/watches.md, "overlap"; OGC 06-103r4, 6.1.15.3 (intersects)."""
    mine, theirs = scene.narrow(over), scene.narrow(Over(subject=rule.others.subject, where=rule.others.where))
    here, there = _shapes(mine, rule.field), _shapes(theirs, rule.others.field)
    if not here or not there:
        return no_hits(mine.num_rows)
    ours = [written_shape(value) for _, value in here]
    tree = shapely.STRtree([written_shape(value) for _, value in there])
    pairs = sorted((int(one), int(other)) for one, other in tree.query(ours, predicate="intersects").T)
    keys, names = mine["key"].to_pylist(), theirs["key"].to_pylist()
    same = over.subject == rule.others.subject
    rows = [(here[one][0], there[other][0]) for one, other in pairs]
    rows = [(one, other) for one, other in rows if not same or keys[one] < names[other]]

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        ours = scene.tell(over.subject or "", mine, [rule.field], [rows[n][0] for n in chosen])
        others = scene.tell(rule.others.subject, theirs, [rule.others.field], [rows[n][1] for n in chosen])
        return [
            [_named(one[0], keys[rows[n][0]]), _named(other[0], names[rows[n][1]])]
            for n, one, other in zip(chosen, ours, others, strict=True)
        ]

    parts = [names[other] for _, other in rows]
    return Hits([keys[one] for one, _ in rows], parts, parts, tell, mine.num_rows)


def _shapes(table: pa.Table, name: str) -> list[tuple[int, Any]]:
    column = table[name]
    said = rows_where(pc.invert(empty(column)))
    texts = column.take(pa.array(said, pa.int64())).to_pylist()
    return [(row, msgspec.json.decode(text)) for row, text in zip(said, texts, strict=True)]


def _named(fact: Fact, key: str) -> Fact:
    """A shape is not told by its positions; its subject is."""
    return fact._replace(value=key)


def why(rule: Overlap) -> Words:
    """The rule in words."""
    return Words(f"“{rule.field}”与 {rule.others.subject} 重叠", f"{rule.field} touches a {rule.others.subject}")


def faults(scene: Any, over: Over, rule: Overlap) -> Iterator[Fault]:
    """Both are shapes."""
    yield from field_faults(over, ("field",), rule.field, SHAPES)
    yield from faults_of_field(rule.others.subject, ("others", "field"), rule.others.field, SHAPES)
    if rule.others.subject in subject_types():
        for name in rule.others.where:
            yield from faults_of_field(rule.others.subject, ("others", "where", name), name)


def fields(over: Over, rule: Overlap) -> dict[str, set[str]]:
    """Both shapes."""
    found = {over.subject or "": {rule.field}}
    theirs = {rule.others.field, *rule.others.where}
    found[rule.others.subject] = found.get(rule.others.subject, set()) | theirs
    return found


KIND = WatchKind(
    "overlap",
    Words("范围重叠", "Overlap"),
    Words("位置或范围与另一类对象重叠", "a place or shape that touches one of another type"),
    Overlap, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
