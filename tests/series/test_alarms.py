"""Incidents are a function of the values: from any checkpoint the same, and what the rule says, value by value."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.series.alarms.fold import Folding, incidents_of
from bihuan.series.alarms.judges import MINUTE
from bihuan.series.alarms.model import Incident, LimitSpan, SeenValue
from bihuan.series.rules import AlarmRule

HOUR = 60 * MINUTE


def rule(kind: str, **said: Any) -> AlarmRule:
    return AlarmRule.model_validate({"name": "toy", "kind": kind, **said})


def seen(*values: int, step: int = HOUR) -> list[SeenValue]:
    return [SeenValue(number * step, value) for number, value in enumerate(values)]


HIGH = rule("above", limit={"fixed": 10}, clear=8, on_count=2, off_count=2)


@pytest.mark.parametrize(
    ("values", "incidents"),
    [
        ((1, 11, 12, 15, 7, 7, 1), [(1, 5, 15, 3)]),
        ((11, 7, 11, 7, 11, 7), []),
        ((11, 9, 11, 11), [(2, None, 11, 2)]),  # 9 neither opens nor closes, and breaks the row
        ((11, 11, 7, 9, 7, 7), [(0, 5, 11, 2)]),  # 9 breaks the closing row
        ((11, 11, 7, 11, 30, 7, 7), [(0, 6, 30, 4)]),
        ((10, 10, 10), []),  # equal is not above
    ],
)
def test_hysteresis(values: tuple[int, ...], incidents: list[tuple[int, int | None, int, int]]) -> None:
    found = [
        (each.opened // HOUR, None if each.closed is None else each.closed // HOUR, each.peak, each.values)
        for each in incidents_of(HIGH, 0, seen(*values))
    ]
    assert found == incidents


def test_a_gap_starts_the_count_anew_only_while_nothing_is_open() -> None:
    short = rule("above", limit={"fixed": 10}, on_count=2, off_count=1, max_gap=90)
    apart = [
        SeenValue(0, 11),
        SeenValue(3 * HOUR, 11),
        SeenValue(4 * HOUR, 11),
        SeenValue(9 * HOUR, 12),
        SeenValue(10 * HOUR, 1),
    ]
    assert incidents_of(short, 0, apart) == [Incident(3 * HOUR, 10 * HOUR, 12, 3)]


@pytest.mark.parametrize("step", [HOUR // 6, HOUR, 6 * HOUR])
def test_what_must_last_does_not_hang_on_how_often_readings_come(step: int) -> None:
    day = rule("above", limit={"fixed": 0}, lasts=1440)
    whole = 24 * HOUR // step
    for count in (whole, whole + 1):
        assert incidents_of(day, 0, seen(*[2] * count, 0, step=step)) == [], "a day is not more than a day"
    (found,) = incidents_of(day, 0, seen(*[2] * (whole + 2), 0, step=step))
    assert (found.opened, found.closed) == (0, (whole + 2) * step)
    broken = [2] * whole + [0] + [2] * whole
    assert incidents_of(day, 0, seen(*broken, step=step)) == []


def test_only_a_threshold_may_have_to_last() -> None:
    with pytest.raises(ValueError, match="lasts"):
        rule("stuck", minutes=3, lasts=9)


def test_below_looks_the_other_way() -> None:
    low = rule("below", limit={"fixed": Decimal("2.0")}, clear=Decimal("2.5"))
    assert incidents_of(low, 1, seen(30, 19, 15, 22, 26)) == [Incident(HOUR, 4 * HOUR, 15, 2)]


def test_a_limit_of_another_origin_begins_a_new_incident() -> None:
    by_field = rule("above", limit={"field": "limit"})
    limits = [LimitSpan(HOUR, 3 * HOUR, 10, "permit 1"), LimitSpan(3 * HOUR, 6 * HOUR, 20, "permit 2")]
    assert incidents_of(by_field, 0, seen(99, 11, 30, 30, 30, 15, 99, 99), limits) == [
        Incident(HOUR, 2 * HOUR, 30, 2, "permit 1"),
        Incident(3 * HOUR, 5 * HOUR, 30, 2, "permit 2"),
    ]


def test_silence_is_told_by_the_next_value_or_by_the_clock() -> None:
    quiet = rule("silence", minutes=90)
    values = [SeenValue(0, 1), SeenValue(HOUR, 1), SeenValue(4 * HOUR, 1)]
    ended = Incident(HOUR + 90 * MINUTE, 4 * HOUR, None, 0)
    assert incidents_of(quiet, 0, values) == [ended]
    assert incidents_of(quiet, 0, values, now=5 * HOUR) == [ended]
    assert incidents_of(quiet, 0, values, now=6 * HOUR) == [ended, Incident(4 * HOUR + 90 * MINUTE, None, None, 0)]


def test_stuck_spares_the_zeros_of_a_stopped_plant() -> None:
    stuck = rule("stuck", minutes=120, floor=0)
    assert incidents_of(stuck, 0, seen(0, 0, 0, 0, 0, 0)) == []
    assert incidents_of(stuck, 0, seen(1, 5, 5, 5, 5, 5, 6)) == [Incident(4 * HOUR, 6 * HOUR, 5, 2)]


def test_a_small_shift_is_found_by_sums_and_means_and_none_by_a_threshold() -> None:
    before, after = [50, 49, 51, 50] * 5, [54, 53, 55, 54] * 5
    values = seen(*before, *after)
    assert incidents_of(rule("above", limit={"fixed": 60}), 0, values) == []
    sums = rule("cusum", limit={"fixed": 8}, target=50, slack=1)
    mean = rule("ewma", limit={"fixed": 3}, target=50, weight=Decimal("0.3"))
    drift = rule("drift", limit={"fixed": 3}, count=8)
    for each in (sums, mean, drift):
        (incident,) = incidents_of(each, 0, values)
        assert incident.opened >= 20 * HOUR
        assert incidents_of(each, 0, seen(*before, *before)) == []


RULES = st.one_of(
    st.builds(
        lambda kind, high, clear, on, off, gap, lasts: rule(
            kind, limit={"fixed": high}, clear=clear, on_count=on, off_count=off, max_gap=gap, lasts=lasts
        ),
        st.sampled_from(["above", "below"]), st.integers(-2, 3), st.none() | st.integers(-2, 3), st.integers(1, 3),
        st.integers(1, 3), st.none() | st.integers(1, 5), st.none() | st.integers(1, 9),
    ),
    st.builds(lambda m: rule("silence", minutes=m), st.integers(1, 4)),
    st.builds(lambda m, f: rule("stuck", minutes=m, floor=f), st.integers(1, 3), st.none() | st.integers(-3, 0)),
    st.builds(
        lambda h, n: rule("cusum", limit={"fixed": h}, target=0, on_count=n), st.integers(1, 6), st.integers(1, 2)
    ),
    st.builds(lambda h: rule("ewma", limit={"fixed": h}, target=0, weight=Decimal("0.25")), st.integers(1, 3)),
    st.builds(lambda h, n: rule("drift", limit={"fixed": h}, count=n), st.integers(1, 3), st.integers(2, 4)),
)  # fmt: skip
VALUES = st.lists(st.tuples(st.integers(0, 60), st.integers(-4, 5)), max_size=40, unique_by=lambda pair: pair[0]).map(
    lambda pairs: [SeenValue(minute * MINUTE, value) for minute, value in sorted(pairs)]
)


@given(RULES, VALUES, st.integers(0, 40))
def test_a_fold_that_goes_on_from_a_checkpoint_gives_what_the_replay_gives(
    any_rule: AlarmRule, values: list[SeenValue], cut: int
) -> None:
    now = 100 * MINUTE
    first = Folding(any_rule, 0)
    first.follow(values[:cut])
    second = Folding(any_rule, 0, state=json.loads(json.dumps(first.state)))
    second.follow(values[cut:])
    assert [*first.ended, *second.incidents(now)] == incidents_of(any_rule, 0, values, now=now)


@given(VALUES, st.integers(-2, 3), st.integers(1, 3), st.integers(1, 3))
def test_an_incident_lasts_from_a_row_above_to_a_row_below(
    values: list[SeenValue], high: int, on: int, off: int
) -> None:
    """Beside a second reading of the rule, by slices instead of counters."""
    plain = rule("above", limit={"fixed": high}, on_count=on, off_count=off)
    expected, number = [], 0
    while number + on <= len(values):
        if all(each.value > high for each in values[number : number + on]):
            end = next(
                (last for last in range(number + on + off, len(values) + 1)
                 if all(each.value <= high for each in values[last - off : last])), None,
            )  # fmt: skip
            span = values[number : end if end is not None else len(values)]
            peak = max(each.value for each in span)
            closed = None if end is None else values[end - 1].at
            expected.append((values[number].at, closed, peak))
            number = len(values) if end is None else end
        else:
            number += 1
    assert [(each.opened, each.closed, each.peak) for each in incidents_of(plain, 0, values)] == expected
