"""Watches over numbers: beyond a bound, moved by more than the intervals, a closing that is overdue."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append
from bihuan.numbers.closing import close_month, restate
from bihuan.numbers.keeping import catch_up
from bihuan.numbers.periods import Month
from bihuan.numbers.report import month_report
from bihuan.rules.rates import Rate
from bihuan.watches.catalogue import WatchCatalogue, read_catalogue
from bihuan.watches.kinds.figure import FigureRule
from bihuan.watches.kinds.moved import _way
from bihuan.watches.running import run_watches
from tests.loop.district import ARBITER, OPERATOR, facts, registers
from tests.numbers.month.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SEPTEMBER, OCTOBER = Month.parse("2026-09"), Month.parse("2026-10")
NOW = datetime(2027, 1, 4, tzinfo=UTC)
REMINDS = "reminds: {role: operator, say: {zh: 请核实, en: Look into it}}"


def decide(world: World) -> None:
    """Refuse every appeal that waits."""
    waiting = [
        (row.id, key.partition(":")[2])
        for row in CaseRow.objects.exclude(pending=[]) for key in row.pending if key.startswith("exclusion:")
    ]  # fmt: skip
    said = [(case, {"indicator": indicator, "reason": "不成立"}) for case, indicator in waiting]
    orders = [Order(Command("refuse_exclusion", ARBITER, NOW, data), case) for case, data in said]
    assert all(each.refusal is None for each in append(orders, facts=world.facts))


@pytest.fixture
def closed(world: World) -> LoopFacts:
    """September and October are closed."""
    decide(world)
    for month in (SEPTEMBER, OCTOBER):
        close_month(month, by="user:leader", facts=facts(NOW))
    return facts(NOW)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[..., WatchCatalogue]]:
    """Write one watch; the catalogue of it alone."""
    folder = tmp_path / "hotline" / "watches"
    folder.mkdir(parents=True)

    def write(when: str, over: str, acts: str = REMINDS) -> WatchCatalogue:
        file = folder / "toy-number.yaml"
        file.write_text(f"name: {{zh: 数, en: Number}}\nover: {over}\nwhen: {when}\n{acts}\n", encoding="utf-8")
        return read_catalogue([file])

    yield write
    shutil.rmtree(folder)


def looked(catalogue: WatchCatalogue, at: datetime, known: datetime | None = None, *, dry: bool = False) -> Any:
    """One run of the one watch."""
    assert catalogue.problems == (), catalogue.problems
    (look,) = run_watches(catalogue, at, known, facts=facts(at), dry=dry).looks
    assert look.fault is None, look.fault
    return look


def rates(month: Month, indicator: str, by: Any = "unit") -> dict[str, Rate]:
    """The published shares of a month with cases enough."""
    numbers = month_report(month, facts=facts(NOW)).numbers(indicator, by)
    return {key: each for key, each in numbers.items() if isinstance(each, Rate) and each.enough and key}


def test_what_lies_beyond_a_bound_in_a_closed_month_is_told_once(closed: LoopFacts, watch: Any) -> None:
    found = rates(OCTOBER, "return_rate", "category")
    values = sorted(each.value or Fraction(0) for each in found.values())
    bound = (values[0] + values[-1]) / 2
    beyond = {key for key, each in found.items() if (each.value or 0) > bound}
    assert 0 < len(beyond) < len(found), "the world has categories on both sides"
    catalogue = watch(f"{{figure: {{above: {float(bound):.6f}, periods: 1}}}}", "{number: return_rate, by: category}")
    run = looked(catalogue, NOW + timedelta(hours=1))
    assert {each.found.subject for each in run.opened} == beyond
    assert {each.found.incident for each in run.opened} == {"2026-10"}
    (fact,) = run.opened[0].found.facts
    rate = found[run.opened[0].found.subject]
    assert f"({rate.numerator}/{rate.denominator})" in fact.value
    assert fact.source == "numbers · closed"
    assert fact.cited.startswith("cut ")
    assert looked(catalogue, NOW + timedelta(hours=2)).counts["known"] == len(run.opened)


def test_as_it_was_published_then_and_before_it_was_published(closed: LoopFacts, watch: Any) -> None:
    catalogue = watch("{figure: {above: 0, periods: 1}}", "{number: volume}")
    assert looked(catalogue, NOW - timedelta(hours=1), dry=True).counts["looked"] == 0, "nothing was published by then"
    assert looked(catalogue, NOW + timedelta(days=9), NOW + timedelta(hours=1), dry=True).counts["holds"] == 1


def test_a_restatement_takes_the_ground_away(world: World, closed: LoopFacts, watch: Any) -> None:
    over = "{number: volume}"
    october = month_report(OCTOBER, facts=facts(NOW)).numbers("volume")["*"].count  # type: ignore[union-attr]  # a count
    at = datetime(2026, 9, 25, 4, tzinfo=UTC)
    data = {"channel": "web", "category": "roads.surface.pothole", "area": world.areas[0]}
    catalogue = watch(f"{{figure: {{above: {october}, periods: 1}}}}", over)
    assert looked(catalogue, NOW + timedelta(hours=1)).counts["holds"] == 0
    order = Order(
        Command("open", OPERATOR, at + timedelta(days=20), data, {"text": "补录"}), programme="hotline", kind="request"
    )
    assert append([order], facts=world.facts)[0].refusal is None
    restate(OCTOBER, by="user:leader", reason="补录", facts=facts(NOW + timedelta(hours=2)))
    assert looked(catalogue, NOW + timedelta(hours=3)).counts["reminded"] == 1
    lower = watch(f"{{figure: {{below: {october + 1}, periods: 1}}}}", over)
    later = NOW + timedelta(days=3)
    assert looked(lower, later, NOW + timedelta(hours=1), dry=True).counts["holds"] == 1, "as known then"
    assert looked(lower, later, dry=True).counts["holds"] == 0


def test_the_present_month_is_read_as_kept_and_clears(world: World, watch: Any) -> None:
    at = datetime(2026, 10, 20, tzinfo=UTC)
    catch_up(now=at, registers=registers())
    over = "{number: volume, by: area}"
    areas = {key: each.count for key, each in month_report(OCTOBER, facts=facts(NOW)).numbers("volume", "area").items()}  # type: ignore[union-attr]  # counts
    high = {key for key, count in areas.items() if key and count > 5}
    assert high, "the world has a busy street"
    catalogue = watch("{figure: {above: 5, of: current, periods: 1}}", over)
    run = looked(catalogue, at)
    assert {each.found.subject for each in run.opened} == high
    (fact,) = run.opened[0].found.facts
    assert fact.source == "numbers · open"
    later = looked(catalogue, datetime(2027, 2, 3, tzinfo=UTC))
    assert later.counts["cleared"] == len(high), "a month without cases"


def test_a_share_has_moved_when_its_intervals_lie_apart(closed: LoopFacts, watch: Any) -> None:
    for indicator in ("response_rate", "return_rate", "on_time_rate", "urge_rate"):
        first, second = rates(SEPTEMBER, indicator, "district"), rates(OCTOBER, indicator, "district")
        way = _way(first["*"], second["*"]) if first and second else ""
        run = looked(watch("{moved: {}}", f"{{number: {indicator}}}"), NOW + timedelta(hours=1), dry=True)
        assert run.counts["holds"] == (1 if way else 0)


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [((90, 100), (60, 100), "down"), ((60, 100), (90, 100), "up"), ((60, 100), (66, 100), ""), ((9, 10), (1, 10), "")],
)
def test_which_way(before: tuple[int, int], after: tuple[int, int], way: str) -> None:
    rates = [Rate("x", "1", *each, min_n=30) for each in (before, after)]
    assert _way(*rates) == way


def test_hysteresis_and_sureness() -> None:
    rule = FigureRule.model_validate({"below": "0.8", "back": "0.9", "surely": True})
    few, many = Rate("x", "1", 7, 10), Rate("x", "1", 700, 1000)
    assert not rule.holds(few, before=False), "its interval reaches over the bound"
    assert rule.holds(many, before=False)
    assert rule.holds(Rate("x", "1", 850, 1000), before=True), "not back yet"
    assert not rule.holds(Rate("x", "1", 901, 1000), before=True)
    assert not rule.holds(Rate("x", "1", 850, 1000), before=False)
    assert not rule.holds(Rate("x", "1", 0, 5, min_n=10), before=True), "not cases enough"


def test_a_month_that_is_not_closed_in_time(world: World, watch: Any) -> None:
    catalogue = watch("{unclosed: {after: 5 working days}}", "{periods: month}")
    run = looked(catalogue, NOW)
    assert {each.found.subject for each in run.opened} == {"2026-10", "2026-11"}, "December may still be appealed"
    decide(world)
    close_month(OCTOBER, by="user:leader", facts=facts(NOW + timedelta(hours=1)))
    assert looked(catalogue, NOW + timedelta(hours=2)).counts["cleared"] == 1


@pytest.mark.parametrize(
    ("when", "over", "field", "said"),
    [
        ("{figure: {above: 1}}", "{number: volum}", "over.number", "did you mean 'volume'?"),
        ("{figure: {above: 1, surely: true}}", "{number: volume}", "over.number", "has no interval"),
        ("{moved: {}}", "{number: volume}", "over.number", "has no interval"),
        ("{figure: {above: 1, of: current, period: year}}", "{number: volume}", "when.figure.period", "is not kept by"),
        ("{figure: {above: 1}}", "{number: volume, programme: hotlin}", "over.programme", "did you mean 'hotline'?"),
        ("{figure: {above: 1, back: 2}}", "{number: volume}", "when.figure", "harmless side"),
        ("{unclosed: {after: 3 days}}", "{periods: mont}", "over.periods", "did you mean 'month'?"),
        ("{figure: {above: 1}}", "{periods: month}", "over", "figure is over number"),
    ],
)
def test_faults_are_named(watch: Any, when: str, over: str, field: str, said: str) -> None:
    (problem,) = watch(when, over).problems
    assert (problem.field, problem.line > 0) == (field, True), problem
    assert said in f"{problem.what} {problem.rule} {problem.remedy}", problem


def test_a_case_of_a_unit_may_name_it_and_nothing_else(watch: Any) -> None:
    acts = "reminds: {unit: {field: unit}, say: {zh: 请核实, en: Look into it}}"
    assert watch("{figure: {above: 1}}", "{number: volume, by: unit}", acts).problems == ()
    (problem,) = watch("{figure: {above: 1}}", "{number: volume, by: area}", acts).problems
    assert problem.field == "reminds.unit.field"
