"""`unanswered`: a form was sent, and within a length of time its case has neither ended nor seen one of some events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import pyarrow.compute as pc
from pydantic import Field

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.loop.kernel.table import table as kernel_table
from bihuan.watches.forms import (  # fmt: skip
    answered_by,
    form_of,
    named,
    open_fields,
    sent_before,
    sent_forms,
    sent_until,
    tell_forms,
    type_said,
)
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within, no_hits, strings
from bihuan.watches.scene import Scene, rows_where


class Unanswered(Strict):
    """How long after a form was sent, and which events of its case are an answer; its end always is one."""

    within: Within
    answers: list[Code] = Field(default=[], max_length=20)


def find(scene: Scene, over: Over, rule: Unanswered) -> Hits:
    """Every sent form that stands unanswered. Source: docs/topics/watches.md, "unanswered"."""
    table = sent_forms(scene, over)
    waits = pc.and_(sent_before(table, sent_until(scene, rule.within)), pc.is_null(table["ended"]))
    rows = rows_where(pc.and_(waits, pc.is_valid(table["case_id"])))
    cases = table["case_id"].to_pylist()
    answered = answered_by(scene, [cases[row] for row in rows], rule.answers)
    keys, numbers = strings(named(over, table)), strings(table["number"])
    rows = [row for row in rows if keys[row] and cases[row] not in answered]
    rows = [row for row in rows if scene.only is None or keys[row] in scene.only]
    if not rows:
        return no_hits(table.num_rows)
    told = open_fields(form_of(over))

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return tell_forms(over.form or "", table, told, [rows[each] for each in chosen])

    parts = [numbers[row] if over.key else "" for row in rows]
    sent = strings(table["at"])
    return Hits([keys[row] for row in rows], parts, [sent[row][:19] for row in rows], tell, table.num_rows)


def why(rule: Unanswered) -> Words:
    """The rule in words."""
    zh = f"（答复指：{'、'.join(rule.answers)} 或办结）" if rule.answers else ""
    en = f" ({', '.join(rule.answers)} or an end)" if rule.answers else ""
    return Words(f"表单提交 {rule.within} 后仍未答复{zh}", f"sent and not answered within {rule.within}{en}")


def faults(scene: Any, over: Over, rule: Unanswered) -> Iterator[Fault]:
    """The form is declared, and the events are events of cases."""
    known = kernel_table().kinds
    for place, name in enumerate(rule.answers):
        if name not in known:
            near = get_close_matches(name, known, 1)
            remedy = f"did you mean {near[0]!r}?" if near else "see docs/reference/events.md"
            yield ("answers", place), f"there is no event {name!r}", "an answer is an event of the case", remedy


KIND = WatchKind(
    "unanswered",
    Words("表单未答复", "Form not answered"),
    Words("提交的表单在时限内没有受理、答复或办结", "a sent form not accepted, answered or closed within a time"),
    Unanswered, frozenset({"form"}), find, why, faults=faults, type_of=type_said,
)  # fmt: skip
