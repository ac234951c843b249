"""`threshold`: a number lies beyond a bound, and is back only beyond another one (hysteresis).

Of a subject: a field against a number or against another field. What holds is folded from the field's own history, so
it does not matter when the watch looked. Bounds are compared exactly. Source: docs/adr/0282-watches.md (4).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import model_validator

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.watches.model import Fault, FromField, Hits, Over, WatchKind, strings
from bihuan.watches.parts import began, field_faults, history_of, hits_of_rows
from bihuan.watches.scene import NUMBER, Scene, numbers, rows_where

NUMERIC = ("number", "decimal", "count", "money", "real")
Bound = Decimal | FromField


class Threshold(Strict):
    """A numeric field, beyond what, and from where it counts as back; no `back`: the bound itself."""

    field: Code
    above: Bound | None = None
    below: Bound | None = None
    back: Decimal | None = None

    @model_validator(mode="after")
    def _one(self) -> Threshold:
        if (self.above is None) == (self.below is None):
            raise ValueError("a threshold is `above` or `below`, one of the two")
        if self.back is not None and isinstance(self.bound, FromField):
            raise ValueError("`back` belongs to a bound that is a number")
        if self.back is not None and isinstance(self.bound, Decimal) and not self.beyond(self.bound, self.back):
            raise ValueError("`back` lies on the harmless side of the bound")
        return self

    @property
    def bound(self) -> Bound:
        """The bound, whichever side it is on."""
        found = self.above if self.above is not None else self.below
        assert found is not None
        return found

    def beyond(self, value: Any, bound: Any) -> bool:
        """Whether a value lies strictly beyond a bound."""
        return bool(value > bound) if self.above is not None else bool(value < bound)


def find(scene: Scene, over: Over, rule: Threshold) -> Hits:
    """Every subject whose number is beyond the bound, or was and is not back. Source: docs/topics/watches.md."""
    table = scene.narrow(over)
    values = numbers(table[rule.field])
    limit = numbers(table[rule.bound.field]) if isinstance(rule.bound, FromField) else _number(rule.bound)
    beyond = pc.greater(values, limit) if rule.above is not None else pc.less(values, limit)
    rows = rows_where(beyond)
    if rule.back is not None:
        back = _number(rule.back)
        not_back = pc.greater_equal(values, back) if rule.above is not None else pc.less_equal(values, back)
        rows = sorted({*rows, *_still(scene, over, rule, table, rows_where(pc.and_not(not_back, beyond)))})
    told = [rule.field] + ([rule.bound.field] if isinstance(rule.bound, FromField) else [])
    return hits_of_rows(scene, over, table, rows, told=told, begin=_begin(scene, over, rule))


def _still(scene: Scene, over: Over, rule: Threshold, table: pa.Table, rows: list[int]) -> list[int]:
    """Those between both bounds that were beyond and have not been back since."""
    if not rows:
        return []
    keys = strings(table["key"].take(pa.array(rows, pa.int64())))
    history = history_of(scene, over.subject or "", keys, rule.field)
    return [row for row, key in zip(rows, keys, strict=True) if began(history[key], _holds(rule)) is not None]


def _holds(rule: Threshold) -> Any:
    bound, back = rule.bound, rule.back

    def holds(value: str | None, before: bool) -> bool:
        if value is None or isinstance(bound, FromField):
            return False
        number = Decimal(value)
        return rule.beyond(number, bound) or (before and back is not None and not rule.beyond(back, number))

    return holds


def _begin(scene: Scene, over: Over, rule: Threshold) -> Any:
    def begin(keys: list[str]) -> list[str]:
        history = history_of(scene, over.subject or "", keys, rule.field)
        if isinstance(rule.bound, FromField):
            return [history[key][-1][0] if history[key] else scene.day.isoformat() for key in keys]
        holds = _holds(rule)
        return [began(history[key], holds) or scene.day.isoformat() for key in keys]

    return begin


def _number(value: Decimal) -> pa.Scalar:
    return pa.scalar(value.quantize(Decimal(10) ** -NUMBER.scale), NUMBER)


def why(rule: Threshold) -> Words:
    """The rule in words."""
    bound = f"“{rule.bound.field}”" if isinstance(rule.bound, FromField) else str(rule.bound)
    zh, en = ("高于", "above") if rule.above is not None else ("低于", "below")
    back = (
        Words(f"，回到 {rule.back} 方解除", f", until back at {rule.back}") if rule.back is not None else Words("", "")
    )
    return Words(f"“{rule.field}”{zh} {bound}{back.zh}", f"{rule.field} {en} {bound}{back.en}")


def faults(scene: Any, over: Over, rule: Threshold) -> Iterator[Fault]:
    """Both fields are numbers."""
    yield from field_faults(over, ("field",), rule.field, NUMERIC)
    if isinstance(rule.bound, FromField):
        side = "above" if rule.above is not None else "below"
        yield from field_faults(over, (side, "field"), rule.bound.field, NUMERIC)


def fields(over: Over, rule: Threshold) -> dict[str, set[str]]:
    """The number, and the one it is compared with."""
    return {over.subject or "": {rule.field} | ({rule.bound.field} if isinstance(rule.bound, FromField) else set())}


KIND = WatchKind(
    "threshold",
    Words("超过界限", "Threshold"),
    Words("数值高于或低于界限", "a number above or below a bound"),
    Threshold, frozenset({"subject"}), find, why, fields, faults,
)  # fmt: skip
