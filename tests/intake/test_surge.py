"""Surge alarm: a burst alarms, the usual does not, chance rarely does; an alarm grows instead of doubling."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from scipy.stats import poisson

from bihuan.intake.alarms import watch_surges
from bihuan.intake.models import Surge
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.intake.surge import SurgeReport, find_surges, kind_of, place_of, poisson_tail, surge_rule
from bihuan.loop.kernel.model import Actor
from bihuan.loop.models import StuckRow

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OPERATOR = Actor("user:operator", frozenset({"operator"}))


def signals(
    count: int, within: timedelta, place: str = "110108001", kind: str = "utilities.heating"
) -> list[SurgeReport]:
    return [SurgeReport(NOW - within * (i + 0.5) / count, place, kind, f"c{i}") for i in range(count)]


def test_a_burst_is_an_alarm_with_its_cases() -> None:
    found = find_surges(
        [*signals(6, timedelta(hours=1)), *signals(3, timedelta(hours=1), place="elsewhere")], NOW, surge_rule()
    )
    assert [(a.place, len(a.cases)) for a in found] == [("110108001", 6)]
    assert found[0].first < found[0].last <= NOW


def test_what_is_usual_there_is_no_alarm() -> None:
    usual = signals(28 * 24 * 3, timedelta(days=28))  # three an hour, day and night
    assert not find_surges(usual, NOW, surge_rule())
    assert find_surges([*usual, *signals(30, timedelta(hours=1))], NOW, surge_rule())


def test_false_alarms_are_as_rare_as_declared() -> None:
    rng, by, false, trials = random.Random(7), surge_rule(), 0, 1500
    # Two reports are usual in a window: one each hour of the four weeks before.
    usual = [SurgeReport(NOW - by.window - by.baseline * (i + 0.5) / 672, "p", "k", "b") for i in range(672)]
    for _ in range(trials):
        count = sum(rng.random() < 0.01 for _ in range(200))
        false += bool(find_surges([*usual, *(SurgeReport(NOW, "p", "k", f"c{i}") for i in range(count))], NOW, by))
    assert false / trials < 0.002


@pytest.mark.parametrize(("count", "mean"), [(0, 0.0), (1, 0.0), (5, 0.2), (5, 4.0), (40, 20.0), (3, 1000.0)])
def test_the_tail_is_poissons(count: int, mean: float) -> None:
    want = poisson.sf(count - 1, mean) if mean else float(count == 0)
    assert poisson_tail(count, mean) == pytest.approx(want, rel=1e-6, abs=1e-12)


def test_place_is_the_cell_of_the_position_else_the_area() -> None:
    assert place_of("110108001", None, None) == "110108001"
    near = place_of(None, 116_300_000, 39_980_000), place_of(None, 116_300_100, 39_980_100)
    assert near[0] == near[1]
    assert place_of(None, None, None) is None
    assert kind_of("utilities.heating.cold", 2) == "utilities.heating"


def test_an_alarm_is_kept_once_grows_and_asks_to_be_seen_again(house: str) -> None:
    now = datetime.now(UTC)

    def reports(prefix: str, count: int, minutes: int) -> None:
        many = [
            NewReport(
                key=f"{prefix}{i}", programme="hotline", kind="request", channel="phone", area="110108001",
                at=now - timedelta(minutes=minutes + i), title="停暖", category="utilities.heating.outage",
            )
            for i in range(count)
        ]  # fmt: skip
        receive(many, actor=OPERATOR)

    reports("a", 4, 10)
    assert not watch_surges(now)
    reports("b", 3, 1)
    raised = watch_surges(now)
    assert [(s.reports, s.area, s.category) for s in raised] == [(7, "110108001", "utilities.heating")]
    Surge.objects.update(seen_at=now, seen_by="user:operator")
    watch_surges(now)
    assert Surge.objects.get().seen_at is not None
    reports("c", 8, 0)
    watch_surges(now)
    grown = Surge.objects.get()
    assert (grown.reports, grown.seen_at) == (15, None)


def test_one_surge_that_cannot_be_kept_silences_no_other(house: str) -> None:
    now = datetime.now(UTC)

    def reports(prefix: str, area: str, category: str) -> None:
        many = [
            NewReport(
                key=f"{prefix}{i}", programme="hotline", kind="request", channel="phone", area=area,
                at=now - timedelta(minutes=1 + i), title="停暖", category=category,
            )
            for i in range(7)
        ]  # fmt: skip
        receive(many, actor=OPERATOR)

    reports("a", "110108001", "utilities.heating.outage")
    (bad,) = watch_surges(now)
    Surge.objects.update(cases=5)
    reports("b", "110108003", "utilities.heating.outage")
    (raised,) = watch_surges(now)
    assert raised.area == "110108003"
    (row,) = StuckRow.objects.all()
    assert (row.loop, row.subject) == ("surges", "110108001 utilities.heating")
    assert row.reason.startswith("TypeError")
    assert [s.area for s in watch_surges(now)] == ["110108003"], "it rests until it is tried again"
    assert StuckRow.objects.get().tries == 1
    StuckRow.objects.update(retry_at=now - timedelta(days=1))
    Surge.objects.filter(pk=bad.pk).update(cases=[])
    assert {s.area for s in watch_surges(now)} == {"110108001", "110108003"}
    assert not StuckRow.objects.exists()
