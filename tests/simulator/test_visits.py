"""Preventive visits in the played district: they spare what is planted where they go, and the cases alone tell so."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bihuan.insight.shelf import Folder
from bihuan.loop.columns import case_columns
from bihuan.prevention.effects import of_plans, reports_of
from bihuan.prevention.proposing import RESTS
from bihuan.registers.models import District
from bihuan.simulator.ahead import in_batches
from bihuan.simulator.playing import play
from bihuan.simulator.town import Plan, Town, draw_truth
from bihuan.simulator.visits import WEEK, Prevention, Visits
from tests.loop.district import facts, registers
from tests.simulator.small import END, stage

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


def test_the_cases_in_the_database_tell_the_effect(db: None, tmp_path: Path) -> None:
    own = registers().district
    District.objects.create(
        code=own.code, name_zh=own.name_zh, name_en=own.name_en, zone=own.zone, calendar=own.calendar
    )
    town = Town(stage(), Plan(112, 3, END, 40, RULES))
    played = play(in_batches(town, 2000), facts(END), END)
    assert (played.refused, played.differences) == ([], [])
    visits = town.truth.visits
    assert visits is not None
    visits.write(Folder(tmp_path))
    zone = registers().calendar.zone
    reports = reports_of(case_columns(own.code), zone, ())
    assert len(reports.days) == played.cases == visits.came.sum()
    found, told = of_plans(Folder(tmp_path), [p["campaign"] for p in visits.plans], reports, END.date())
    assert found.method == "randomised"
    assert found.estimate is not None, found.refused
    assert found.interval is not None
    assert found.interval[0] < -100 * visits.truth()["share_spared"] < found.interval[1]
    assert found.interval[1] < 0
    assert told["left_out"], "the plans of the last weeks cannot be judged yet"
    assert visits._begin(RULES.after_weeks) - int(visits.start.timestamp()) == RULES.after_weeks * WEEK
