"""`expires`: a date comes within a length of time, or has passed; a renewed date ends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.watches.model import Fault, Hits, Over, WatchKind, Within
from bihuan.watches.parts import field_faults, hits_of_rows
from bihuan.watches.scene import Scene, rows_where


class Expires(Strict):
    """A date of the subject, how long before it the watch speaks, and whether a passed date still counts."""

    field: Code
    within: Within
    passed: bool = True


def find(scene: Scene, over: Over, rule: Expires) -> Hits:
    """Every subject whose date lies within the time. Source: docs/topics/watches.md, "expires"."""
    table = scene.narrow(over)
    dates = scene.dates(over.subject or "", table, rule.field)
    mask = pc.less_equal(dates, pa.scalar(scene.until(rule.within)))
    if not rule.passed:
        mask = pc.and_kleene(mask, pc.greater_equal(dates, pa.scalar(scene.day)))
    return hits_of_rows(scene, over, table, rows_where(mask), incident=rule.field, told=[rule.field])


def why(rule: Expires) -> Words:
    """The rule in words."""
    return Words(f"“{rule.field}”在 {rule.within} 之内到期", f"{rule.field} comes within {rule.within}")


def faults(scene: Any, over: Over, rule: Expires) -> Iterator[Fault]:
    """The field is a date of the type."""
    yield from field_faults(over, ("field",), rule.field, ("date", "instant"))


def fields(over: Over, rule: Expires) -> dict[str, set[str]]:
    """The date."""
    return {over.subject or "": {rule.field}}


OVER: Sequence[str] = ("subject",)
KIND = WatchKind(
    "expires",
    Words("即将到期", "Expires within"),
    Words("许可、证书、合同等的日期将到或已过", "a permit, certificate or contract whose date comes or has passed"),
    Expires, frozenset(OVER), find, why, fields, faults,
)  # fmt: skip
