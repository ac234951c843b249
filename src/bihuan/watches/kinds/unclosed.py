"""`unclosed`: a period is over, its appeals are too, and it has not been closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import Field

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Strict
from bihuan.numbers.closing import cutoff
from bihuan.numbers.kinds import kinds
from bihuan.numbers.models import IndicatorSnapshot
from bihuan.numbers.periods import Period
from bihuan.registers.isolation import in_district
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within, duration
from bihuan.watches.numbers import facts_of, first_case_at
from bihuan.watches.scene import Scene


class Unclosed(Strict):
    """How long after its cut-off for appeals a period has to be closed, and how many periods back are looked at."""

    after: Within
    back: int = Field(default=3, ge=1, le=24)


def find(scene: Scene, over: Over, rule: Unclosed) -> Hits:
    """Every period that should be closed. Source: docs/topics/watches.md, "unclosed"."""
    begun = first_case_at(scene.district)
    if begun is None:
        return Hits((), (), (), lambda rows: [], 0)
    first, zone = scene.registers.calendar.local_date(begun), scene.registers.calendar.zone
    looked = _ended(scene, over, rule)
    closed = _closed(scene, [str(each) for each in looked])
    due = {
        str(each): scene.registers.calendar.due(cutoff(each, facts_of(scene)), duration(rule.after)).at
        for each in looked
        if each.after > first and str(each) not in closed and (scene.only is None or str(each) in scene.only)
    }
    late = [name for name, at in due.items() if at < scene.at]

    def tell(rows: Sequence[int]) -> list[list[Fact]]:
        return [[Fact("closing.due", due[late[n]].astimezone(zone).isoformat(), "numbers")] for n in rows]

    return Hits(late, [""] * len(late), [due[each].isoformat() for each in late], tell, len(looked))


def _ended(scene: Scene, over: Over, rule: Unclosed) -> list[Period]:
    """The last periods that are over."""
    period, found = kinds().on(over.periods or "", scene.day), []
    for _ in range(rule.back):
        period = period.previous
        found.append(period)
    return found


def _closed(scene: Scene, names: list[str]) -> set[str]:
    until = min(scene.at, scene.known) if scene.known else scene.at
    with in_district(scene.district):
        rows = IndicatorSnapshot.objects.filter(
            district_id=scene.district, period__in=names, sequence=0, made_at__lte=until
        )
        return set(rows.values_list("period", flat=True))


def why(rule: Unclosed) -> Words:
    """The rule in words."""
    return Words(f"剔除申诉截止 {rule.after} 后仍未封账", f"not closed {rule.after} after the cut-off for appeals")


def faults(scene: Any, over: Over, rule: Unclosed) -> Iterator[Fault]:
    """There is such a kind of period."""
    known = kinds().names
    if over.periods not in known:
        near = get_close_matches(over.periods or "", known, 1)
        remedy = f"did you mean {near[0]!r}?" if near else f"one of: {', '.join(known)}"
        yield ("over", "periods"), f"there is no kind of period {over.periods!r}", "a declared kind of period", remedy


KIND = WatchKind(
    "unclosed",
    Words("逾期未封账", "Closing overdue"),
    Words("期间已结束、申诉已截止而未封账", "a period that is over and past its appeals, and has not been closed"),
    Unclosed, frozenset({"periods"}), find, why, faults=faults, type_of=lambda over, rule: f"period.{over.periods}",
)  # fmt: skip
