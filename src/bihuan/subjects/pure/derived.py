"""Values that follow from other subjects: how many lead here, their sum, the latest day, one number less another.

    derived:
      live_controls: {name: {zh: 在用措施, en: Controls in use}, count: control, by: risk, states: [live]}
      lowered:       {name: {zh: 降低, en: Lowered by}, sum: control.less_likely, by: risk, states: [live]}
      residual:      {name: {zh: 剩余, en: What is left}, start: likelihood, less: lowered, floor: 1}
      danger:        {name: {zh: 危险性, en: Danger}, product: [likelihood, exposure]}
      core:     {name: {zh: 一级区, en: Core}, count: zone, touches: {ours: site, theirs: border}, equal: {level: I}}

Nobody writes them; they are worked out for the day that is asked for, as known then, exactly.
Source: docs/topics/subjects.md, "Derived values"; docs/adr/0299-derived-values.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from math import prod
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from bihuan.declare.model import Code, Name, Slug, Strict

type Kind = Literal["count", "sum", "latest", "earliest", "start", "product"]
KINDS: tuple[Kind, ...] = ("count", "sum", "latest", "earliest", "start", "product")
OWN = ("start", "product")
OVER = ("sum", "latest", "earliest")
DOT = r"^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_]*$"


class Touches(Strict):
    """The field of our place or shape, and that of theirs; any touch counts."""

    ours: Code
    theirs: Code


class Derived(Strict):
    """One derived value; exactly one of `count`, `sum`, `latest`, `earliest`, `start`, `product`.

    `by`: the field of the other type that leads here; or `touches`: its shape touches ours. `states`, `equal`: which of
    them count. `start` less `less`, not
    under `floor`, and `product`: fields or derived values of the subject itself.
    """

    name: Name
    count: Slug | None = None
    sum: str | None = Field(default=None, pattern=DOT)
    latest: str | None = Field(default=None, pattern=DOT)
    earliest: str | None = Field(default=None, pattern=DOT)
    by: Code | None = None
    touches: Touches | None = None
    states: tuple[Code, ...] = ()
    equal: dict[Code, str] = Field(default_factory=dict)
    start: Code | None = None
    less: Code | None = None
    floor: Decimal | None = None
    product: tuple[Code, ...] | None = Field(default=None, min_length=2)
    show: bool = True

    @property
    def kind(self) -> Kind:
        """Which of the six it is. Source: docs/topics/subjects.md, "Derived values"."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def other(self) -> str:
        """The type it looks at; empty for none. Source: docs/topics/subjects.md, "Derived values"."""
        return str(self.count or (getattr(self, self.kind) if self.kind in OVER else "")).partition(".")[0]

    @property
    def field(self) -> str:
        """The field of the other type it takes; empty for a count.

        Source: docs/topics/subjects.md, "Derived values".
        """
        return str(getattr(self, self.kind)).partition(".")[2] if self.kind in OVER else ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The values of the subject itself that it is made of. Source: docs/topics/subjects.md, "Derived values"."""
        return self.product or ((str(self.start), str(self.less)) if self.kind == "start" else ())

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise ValueError(f"a derived value is exactly one of {', '.join(KINDS)}")
        if (self.by is not None) + (self.touches is not None) != (self.kind not in OWN):
            raise ValueError("`by` names the field that leads here, or `touches` two shapes, of what looks at others")
        if (self.kind == "start") != (self.less is not None):
            raise ValueError("`start` goes with `less`, and nothing else does")
        return self


def gathered(rule: Derived, found: Iterable[Mapping[str, Any]]) -> Any:
    """Return the value over the subjects that count; None when there is none to take (a count of none is 0).

    Args:
        found: The values of each.

    Source: docs/topics/subjects.md, "Derived values"
    """
    rows = list(found)
    if rule.kind == "count":
        return len(rows)
    taken = [row[rule.field] for row in rows if row.get(rule.field) is not None]
    if rule.kind == "sum":
        return _plain(sum((Decimal(str(each)) for each in taken), Decimal()))
    if not taken:
        return None
    return (max if rule.kind == "latest" else min)(taken, key=_order)


def reduced(rule: Derived, start: Any, less: Any) -> Any:
    """Return one number less another, not under the floor; None when either is not known.

    Source: docs/topics/subjects.md, "Derived values"
    """
    if start is None or less is None:
        return None
    left = Decimal(str(start)) - Decimal(str(less))
    return _plain(left if rule.floor is None else max(left, rule.floor))


def multiplied(values: Iterable[Any]) -> Any:
    """Return the product of numbers, exactly; None when one is not known.

    Source: docs/topics/subjects.md, "Derived values"
    """
    factors = list(values)
    if any(value is None for value in factors):
        return None
    return _plain(prod((Decimal(str(value)) for value in factors), start=Decimal(1)))


def _order(value: Any) -> Any:
    """Numbers that are kept as text are ordered as numbers; days as they are written."""
    try:
        return (0, Decimal(str(value)), "")
    except InvalidOperation:
        return (1, Decimal(), str(value))


def _plain(value: Decimal) -> int | str:
    return int(value) if value == value.to_integral_value() else str(value.normalize())
