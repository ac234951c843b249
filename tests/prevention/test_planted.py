"""What visits of the played district spare is found again from the cases alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.insight.shelf import Folder
from bihuan.loop.columns import case_columns
from bihuan.prevention.effects import judge_kept_plans, reports_of
from bihuan.prevention.proposing import NAMED
from bihuan.registers.models import District
from bihuan.simulator.ahead import in_batches
from bihuan.simulator.playing import play_batches
from bihuan.simulator.town import Plan, Town
from bihuan.simulator.visits import CAMPAIGN, WEEK, Prevention
from tests.loop.district import facts, registers
from tests.simulator.small import END, stage

RULES = Prevention(effect=0.5, capacity=20, holdout=0.4)


def test_plans_of_the_played_district_are_kept_under_the_names_that_drawn_ones_have() -> None:
    assert CAMPAIGN == NAMED


@pytest.mark.slow
def test_the_cases_in_the_database_tell_the_effect(db: None, tmp_path: Path) -> None:
    own = registers().district
    District.objects.create(
        code=own.code, name_zh=own.name_zh, name_en=own.name_en, zone=own.zone, calendar=own.calendar
    )
    town = Town(stage(), Plan(112, 3, END, 40, RULES))
    played = play_batches(in_batches(town, 2000), facts(END), END)
    assert (played.refused, played.differences) == ([], [])
    visits = town.truth.visits
    assert visits is not None
    visits.write(Folder(tmp_path))
    zone = registers().calendar.zone
    reports = reports_of(case_columns(own.code), zone, ())
    assert len(reports.days) == played.cases == visits.came.sum()
    found, told = judge_kept_plans(Folder(tmp_path), [p["campaign"] for p in visits.plans], reports, END.date())
    assert found.method == "randomised"
    assert found.estimate is not None, found.refused
    assert found.interval is not None
    assert found.interval[0] < -100 * visits.truth()["share_spared"] < found.interval[1]
    assert found.interval[1] < 0
    assert told["left_out"], "the plans of the last weeks cannot be judged yet"
    assert visits._begin(RULES.after_weeks) - int(visits.start.timestamp()) == RULES.after_weeks * WEEK
