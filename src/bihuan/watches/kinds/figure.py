"""`figure`: an indicator's number, closed or of the present, lies beyond a bound, and is back only beyond another one.

What holds is folded over the periods, so that it does not matter when the watch looked. A number with fewer cases than
its indicator asks for says nothing. Source: docs/adr/0325-forms-and-numbers-watched.md (2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from pydantic import Field, model_validator

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Code, Strict
from bihuan.numbers.cube import Number
from bihuan.rules.rates import Rate
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind
from bihuan.watches.numbers import (
    SeenPeriod,
    closed_periods,
    mine,
    number_faults,
    present_period,
    tell_number,
    type_said,
)
from bihuan.watches.scene import Scene


class FigureRule(Strict):
    """A bound of a number, a share as 0.85 and a count as it is.

    Args:
        above, below: The bound, one of the two. back: From where it counts as back; None: the bound itself.
        surely: The whole interval has to lie beyond; only of shares.
        of: `closed` periods as published, or `current`: the present one beside them.
        period: Kind of period. periods: How many closed ones back are folded.
    """

    above: Decimal | None = None
    below: Decimal | None = None
    back: Decimal | None = None
    surely: bool = False
    of: Literal["closed", "current"] = "closed"
    period: Code = "month"
    periods: int = Field(default=6, ge=1, le=24)

    @model_validator(mode="after")
    def _one(self) -> FigureRule:
        if (self.above is None) == (self.below is None):
            raise ValueError("a bound is `above` or `below`, one of the two")
        if self.back is not None and not self.beyond(Fraction(self.bound), Fraction(self.back)):
            raise ValueError("`back` lies on the harmless side of the bound")
        return self

    @property
    def bound(self) -> Decimal:
        """The bound, whichever side it is on."""
        found = self.above if self.above is not None else self.below
        assert found is not None
        return found

    def beyond(self, value: Fraction, bound: Fraction) -> bool:
        """Whether a value lies strictly beyond a bound."""
        return value > bound if self.above is not None else value < bound

    def holds(self, number: Number, before: bool) -> bool:
        """Whether it holds of a number, given whether it held in the period before (hysteresis)."""
        value = value_of(number)
        if value is None:
            return False
        if before and self.back is not None and not self.beyond(Fraction(self.back), value):
            return True
        if self.surely and isinstance(number, Rate):
            interval = number.interval
            assert interval is not None
            value = Fraction(str(interval.low if self.above is not None else interval.high))
        return self.beyond(value, Fraction(self.bound))


def value_of(number: Number) -> Fraction | None:
    """A number's exact value; None where there are not cases enough to say anything."""
    if isinstance(number, Rate):
        return number.value if number.enough else None
    return Fraction(number.count)


def find(scene: Scene, over: Over, rule: FigureRule) -> Hits:
    """Every number that is beyond the bound, or was and is not back. Source: docs/topics/watches.md, "figure"."""
    seen = closed_periods(scene, over, rule.period, rule.periods)
    if rule.of == "current":
        now = present_period(scene, over, rule.period)
        seen = [each for each in seen if str(each.period) != str(now.period)] + [now]
    if not seen:
        return Hits((), (), (), lambda rows: [], 0)
    last = seen[-1]
    begun = {key: began_in(seen, key, rule) for key in last.numbers if mine(scene, key)}
    keys = [key for key, first in begun.items() if first is not None]

    def tell(rows: Sequence[int]) -> list[list[Fact]]:
        return [[tell_number(over, last, keys[row])] for row in rows]

    firsts = [str(begun[key]) for key in keys]
    retracted = frozenset[tuple[str, str]]() if rule.of == "current" else None
    return Hits(keys, [""] * len(keys), firsts, tell, len(last.numbers), retracted=retracted)


def began_in(seen: Sequence[SeenPeriod], key: str, rule: FigureRule) -> str | None:
    """The first period of the run of periods up to the newest in which it holds; None when it does not hold there."""
    first: str | None = None
    for each in seen:
        number = each.numbers.get(key)
        held = number is not None and rule.holds(number, first is not None)
        first = (first or str(each.period)) if held else None
    return first


def why(rule: FigureRule) -> Words:
    """The rule in words."""
    zh, en = ("高于", "above") if rule.above is not None else ("低于", "below")
    sure = Words("确", "surely ") if rule.surely else Words("", "")
    which = Words("封账", "closed") if rule.of == "closed" else Words("当前", "present")
    back = Words(f"，回到 {rule.back} 方解除", f", until back at {rule.back}") if rule.back else Words("", "")
    return Words(
        f"{which.zh}指标{sure.zh}{zh} {rule.bound}{back.zh}",
        f"the {which.en} number is {sure.en}{en} {rule.bound}{back.en}",
    )


def faults(scene: Any, over: Over, rule: FigureRule) -> Iterator[Fault]:
    """The indicator is declared and kept."""
    yield from number_faults(over, rule.period, rate=rule.surely, present=rule.of == "current")


KIND = WatchKind(
    "figure",
    Words("指标越限", "Number beyond a bound"),
    Words("封账或当前指标高于或低于界限", "a closed or present indicator above or below a bound"),
    FigureRule, frozenset({"number"}), find, why, faults=faults, type_of=type_said,
)  # fmt: skip
