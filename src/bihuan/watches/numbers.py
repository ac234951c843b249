"""Indicators as watches see them: closed periods as published, the present one as kept; each with cut and interval.

Nothing is counted here: what pages read is read. As known at an earlier instant, a closed period is what was published
by then; the present is kept as of now alone. Source: DESIGN §10; docs/adr/0325-forms-and-numbers-watched.md (2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from bihuan.faults import Fault as Refused
from bihuan.loop.facts import LoopFacts
from bihuan.loop.indicator_files import latest
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import current_facts
from bihuan.numbers.closing import cube_of
from bihuan.numbers.cube import WHOLE, Number
from bihuan.numbers.kinds import kept_kinds, kinds
from bihuan.numbers.models import IndicatorSnapshot
from bihuan.numbers.periods import Period
from bihuan.numbers.reading import kept_report
from bihuan.registers.isolation import in_district
from bihuan.rules.rates import Rate
from bihuan.watches.model import Fact, Fault, Over
from bihuan.watches.scene import Scene


class NumbersOfNow(Refused):
    """The numbers of a period that is not closed, asked as they were known earlier."""

    remedy = "look without --known, or watch closed periods"


@dataclass(frozen=True)
class SeenPeriod:
    """One period's numbers by key (`*`: the whole district), what they were counted by, and until when.

    Args:
        status: open, closed or restated. as_of: Until when nothing is missing. cut: Size of the log.
    """

    period: Period
    numbers: Mapping[str, Number]
    status: str
    as_of: str
    cut: int


def facts_of(scene: Scene) -> LoopFacts:
    """What the loop knows: the scene's, else as it stands at the scene's instant."""
    return scene.facts if scene.facts is not None else current_facts(scene.at)


def closed_periods(scene: Scene, over: Over, kind: str, most: int) -> list[SeenPeriod]:
    """The newest closed periods of a kind that were published by the scene's instant, the oldest first.

    Source: docs/topics/indicators.md, "Closing a month".
    """
    with in_district(scene.district):
        rows = list(
            IndicatorSnapshot.objects.filter(district_id=scene.district, sequence=0, made_at__lte=scene.at)
            .exclude(**({"made_at__gt": scene.known} if scene.known else {"sequence": -1}))
            .values_list("period", flat=True)
        )
    named = [(kinds().parse(text), text) for text in rows]
    mine = sorted((each for each in named if each[0].kind == kind), key=lambda each: each[0].first)[-most:]
    return [_seen(scene, over, period) for period, _ in mine]


def present_period(scene: Scene, over: Over, kind: str) -> SeenPeriod:
    """The period that the scene's day lies in, as kept.

    Raises:
        NumbersOfNow: it is asked as it was known earlier.
    """
    if scene.known is not None:
        raise NumbersOfNow(
            "未封账期间的指标只有当前数 · numbers of a period that is not closed are kept as of now alone"
        )
    return _seen(scene, over, kinds().on(kind, scene.day))


def _seen(scene: Scene, over: Over, period: Period) -> SeenPeriod:
    place = ("number", over.number or "", over.by, over.programme or "", str(period))
    if place not in scene.worked:
        scene.worked[place] = _published_then(scene, over, period) if scene.known else _kept(scene, over, period)
    found: SeenPeriod = scene.worked[place]
    return found


def _kept(scene: Scene, over: Over, period: Period) -> SeenPeriod:
    with in_district(scene.district):
        kept = kept_report(period, over.by, facts=facts_of(scene), indicator=over.number)
    report = kept.report
    if over.number not in report.cube.definitions:
        return SeenPeriod(period, {}, report.status, "", report.cube.cut.size)
    found = report.numbers(over.number or "", over.by, over.programme)
    as_of = report.cube.cut.at if report.closed or kept.as_of is None else kept.as_of.isoformat()
    return SeenPeriod(period, found, report.status, as_of, report.cube.cut.size)


def _published_then(scene: Scene, over: Over, period: Period) -> SeenPeriod:
    """A closed period as it was published by the instant at which the scene is known."""
    with in_district(scene.district):
        row = (
            IndicatorSnapshot.objects.filter(
                district_id=scene.district, period=str(period), made_at__lte=scene.known
            ).order_by("-sequence")[:1]
        )[0]  # fmt: skip
    cube = cube_of(row, scene.registers)
    numbers = (
        cube.slice(over.number or "", over.by, programme=over.programme) if over.number in cube.definitions else {}
    )
    return SeenPeriod(period, numbers, "restated" if row.sequence else "closed", cube.cut.at, cube.cut.size)


def tell_number(over: Over, seen: SeenPeriod, key: str) -> Fact:
    """A number as a fact: its value with numerator and denominator, or count; period, until when, and cut."""
    number = seen.numbers[key]
    if isinstance(number, Rate):
        interval = number.interval
        sure = f" [{interval.low:.4f}, {interval.high:.4f}]" if interval is not None else ""
        value = f"{number.percent()} ({number.numerator}/{number.denominator}){sure}"
    else:
        value = str(number.count)
    what, source = f"{over.number}.{seen.period}", f"numbers · {seen.status}"
    return Fact(what, value, source, seen.period.first.isoformat(), seen.as_of, f"cut {seen.cut}")


def mine(scene: Scene, key: str) -> bool:
    """Whether a key is looked at: it says something, and the scene is not narrowed to others."""
    return bool(key) and (scene.only is None or key in scene.only)


def values_of_numbers(over: Over, keys: list[str], district: str) -> dict[str, dict[str, str]]:
    """What a case or a reminder may take of a number: the unit, area or category that it is of, or the district."""
    return {key: {over.by: district if key == WHOLE else key} for key in keys}


def type_said(over: Over, rule: object = None) -> str:
    """What a watch over a number speaks of."""
    return f"number.{over.number}"


def number_faults(over: Over, period: str, *, rate: bool = False, present: bool = False) -> Iterator[Fault]:
    """What is wrong with the number that a watch is over.

    Args:
        period: Kind of period. rate: Only a share will do. present: It is asked before it is closed: it must be kept.
    """
    known = latest()
    found = known.get(over.number or "")
    if found is None:
        near = get_close_matches(over.number or "", known, 1)
        remedy = f"did you mean {near[0]!r}?" if near else "see `bihuan indicators`"
        yield (
            ("over", "number"),
            f"there is no indicator {over.number!r}",
            "a watch looks at declared indicators",
            remedy,
        )
        return
    if rate and found.kind != "proportion":
        what = f"{over.number} is a {found.kind}, which has no interval"
        yield ("over", "number"), what, "this rule looks at shares", "name an indicator that is a proportion"
    allowed = kept_kinds() if present else kinds().names
    if period not in allowed:
        what = f"{over.number} is not kept by {period!r}"
        yield ("period",), what, f"one of: {', '.join(allowed)}", "name one of them, or add it to its `periods`"
    programmes = all_programmes()
    if over.programme is not None and over.programme not in programmes:
        near = get_close_matches(over.programme, programmes, 1)
        remedy = f"did you mean {near[0]!r}?" if near else f"one of: {', '.join(programmes)}"
        yield ("over", "programme"), f"no programme {over.programme!r} is in use", "a programme that counts it", remedy


def first_case_at(district: str) -> datetime | None:
    """When the district's first case was opened; None while there is none."""
    with in_district(district):
        found: datetime | None = (
            CaseRow.objects.filter(district_id=district)
            .order_by("opened_at")
            .values_list("opened_at", flat=True)
            .first()
        )
    return found
