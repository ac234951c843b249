"""`changed`: what a subject says differs from its source: from another register, or from the day it was decided on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Slug, Strict
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, no_hits, strings
from bihuan.watches.parts import faults_of_field, field_faults, history_of
from bihuan.watches.scene import Scene, rows_where


class Original(Strict):
    """The register that is right: its type, the field of ours that holds its key, our field → its field."""

    subject: Slug
    by: Code
    fields: dict[Code, Code] = Field(min_length=1)


class Changed(Strict):
    """Against an original; or fields of ours against what they said on the day in `since` (approved, filed)."""

    against: Original | None = None
    fields: tuple[Code, ...] = ()
    since: Code | None = None

    @model_validator(mode="after")
    def _one(self) -> Changed:
        if (self.against is None) == (self.since is None):
            raise ValueError("a change is `against` an original, or `since` a date; one of the two")
        if (self.since is None) != (not self.fields):
            raise ValueError("`fields` and `since` belong together")
        return self


def find(scene: Scene, over: Over, rule: Changed) -> Hits:
    """Every field that differs, one incident each. Source: docs/topics/watches.md, "changed"."""
    table = scene.narrow(over)
    return _against(scene, over, rule.against, table) if rule.against is not None else _since(scene, over, rule, table)


def _against(scene: Scene, over: Over, original: Original, table: pa.Table) -> Hits:
    theirs = scene.frame(original.subject)
    keys = theirs["key"].combine_chunks()
    places = pc.index_in(table[original.by], value_set=keys)
    rows: list[tuple[int, int, str, str]] = []
    for mine, other in original.fields.items():
        right = theirs[other].combine_chunks().take(pc.fill_null(_flat(places), 0)) if len(keys) else None
        if right is None:
            continue
        differs = pc.and_(pc.is_valid(_flat(places)), pc.not_equal(_said(table[mine]), _said(right)))
        rows += [(row, _flat(places)[row].as_py(), mine, other) for row in rows_where(differs)]
    if not rows:
        return no_hits(table.num_rows)

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [scene.tell(over.subject or "", table, [rows[n][2]], [rows[n][0]])[0][0],
             scene.tell(original.subject, theirs, [rows[n][3]], [rows[n][1]])[0][0]]
            for n in chosen
        ]  # fmt: skip

    subjects = [table["key"][row].as_py() for row, *_ in rows]
    current = [f"{table[mine][row].as_py()}|{theirs[other][place].as_py()}" for row, place, mine, other in rows]
    return Hits(subjects, [mine for _, _, mine, _ in rows], current, tell, table.num_rows)


def _since(scene: Scene, over: Over, rule: Changed, table: pa.Table) -> Hits:
    assert rule.since is not None
    dated = rows_where(pc.is_valid(table[rule.since]))
    keys = strings(table["key"].take(pa.array(dated, pa.int64())))
    days = dict(zip(keys, strings(table[rule.since].take(pa.array(dated, pa.int64()))), strict=True))
    rows: list[tuple[str, str, str, str, str]] = []
    for name in rule.fields:
        for key, history in history_of(scene, over.subject or "", keys, name).items():
            then = next((v for f, t, v in history if f <= days[key][:10] and (not t or days[key][:10] < t)), None)
            now = history[-1][2] if history else None
            if any(f <= days[key][:10] for f, _, _ in history) and (then or "") != (now or ""):
                rows.append((key, name, then or "", now or "", history[-1][0]))

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        type_id = over.subject or ""
        return [
            [Fact(f"{type_id}.{name}", then, rule.since or "", days[key]), Fact(f"{type_id}.{name}", now, "", first)]
            for key, name, then, now, first in (rows[n] for n in chosen)
        ]

    return Hits([row[0] for row in rows], [row[1] for row in rows], [row[3] for row in rows], tell, table.num_rows)


def _said(column: Any) -> Any:
    """Texts without width, case and spaces, as registers are compared."""
    return pc.fill_null(pc.utf8_lower(pc.utf8_normalize(pc.replace_substring(_flat(column), " ", ""), "NFKC")), "")


def _flat(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def why(rule: Changed) -> Words:
    """The rule in words."""
    if rule.against is not None:
        names = ", ".join(rule.against.fields)
        return Words(f"“{names}”与 {rule.against.subject} 不一致", f"{names} differ from {rule.against.subject}")
    names = ", ".join(rule.fields)
    return Words(f"“{names}”自“{rule.since}”之日起已改变", f"{names} have changed since {rule.since}")


def faults(scene: Any, over: Over, rule: Changed) -> Iterator[Fault]:
    """Every named field is there."""
    for name in (*rule.fields, *((rule.since,) if rule.since else ())):
        yield from field_faults(over, ("fields",) if name != rule.since else ("since",), name)
    if rule.against is not None:
        yield from field_faults(over, ("against", "by"), rule.against.by)
        for mine, other in rule.against.fields.items():
            yield from field_faults(over, ("against", "fields", mine), mine)
            yield from faults_of_field(rule.against.subject, ("against", "fields", mine), other)


def fields(over: Over, rule: Changed) -> dict[str, set[str]]:
    """What is compared on both sides."""
    found = {over.subject or "": {*rule.fields} | ({rule.since} if rule.since else set())}
    if rule.against is not None:
        found[over.subject or ""] |= {rule.against.by, *rule.against.fields}
        found[rule.against.subject] = found.get(rule.against.subject, set()) | set(rule.against.fields.values())
    return found


KIND = WatchKind(
    "changed",
    Words("与来源不一致", "Changed against source"),
    Words("与名册不一致，或批准后改变", "a value that differs from its register, or changed after it was approved"),
    Changed, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
