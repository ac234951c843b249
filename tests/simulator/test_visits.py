"""Preventive visits in the played district: they spare what is planted where they go, and the cases alone tell so."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from bihuan.insight.forecast.choose import RESTS
from bihuan.simulator.town import Plan, draw_truth
from bihuan.simulator.visits import Prevention, Visits
from tests.simulator.small import END, stage

pytestmark = pytest.mark.slow

RULES = Prevention(effect=0.5, capacity=20, holdout=0.4)


def alone(rules: Prevention, seed: int = 3, days: int = 140) -> Visits:
    """A district whose reports nobody handles."""
    truth = draw_truth(stage(), Plan(days, seed, END, 70))
    visits = Visits(rules, truth.start, truth.stream, truth.map, seed)
    visits.alone()
    return visits


def test_only_visited_places_are_spared_while_a_visit_helps() -> None:
    visits = alone(RULES)
    helped = visits._helped()
    assert visits.spared.sum() > 100
    assert not (visits.spared & ~helped).any()
    assert not (visits.spared & visits.came).any()
    assert abs(visits.truth()["share_spared"] - 0.5) < 0.05
    assert not visits.spared[visits.stream.at < visits._begin(RULES.after_weeks)].any(), "nothing before the first plan"
    assert (visits.spared | visits.came).all()


def test_a_place_takes_part_in_no_other_draw_while_its_arm_is_watched() -> None:
    visits = alone(RULES)
    drawn: dict[str, list[date]] = {}
    for told in visits.plans:
        arms = Counter(p["arm"] for p in told["places"])
        assert arms["visit"] + arms["explore"] + arms["due"] == RULES.capacity
        assert arms["wait"] >= 10
        for place in told["places"]:
            drawn.setdefault(place["cell"], []).append(date.fromisoformat(told["week"]))
    gaps = [b - a for weeks in drawn.values() for a, b in pairwise(weeks)]
    assert gaps, "hot places come back"
    assert min(gaps).days >= 7 * RESTS


def test_without_effect_nothing_is_spared_and_the_same_seed_gives_the_same() -> None:
    none = alone(Prevention(effect=0.0, capacity=20))
    assert none.came.all()
    first, second = alone(RULES), alone(RULES)
    assert first.plans == second.plans
    assert np.array_equal(first.spared, second.spared)
    with pytest.raises(ValueError, match="no share"):
        Prevention(effect=20)
