"""The effect of plans and topics: a planted fall comes out, none is not invented, what cannot be judged is refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bihuan.insight.effect import EffectError
from bihuan.insight.shelf import Folder
from bihuan.prevention.drawing import count_waits
from bihuan.prevention.effects import PlacedReports, judge_kept_plans, judge_topic, reports_of
from bihuan.prevention.proposing import PlanError

WEEK = date(2026, 9, 7)
TODAY = date(2026, 11, 2)


def world(folder: Path, ratio: float, seed: int, places: int = 120) -> PlacedReports:
    """Two plans over hot cells, a third of which wait; visited cells report `ratio` times as often from then on."""
    dice = np.random.default_rng(seed)
    cells, days = [], []
    for n, week in enumerate((WEEK, WEEK + timedelta(weeks=1))):
        arms = np.where(dice.permutation(places) < places // 3, "wait", "visit")
        told = [{"cell": f"p{n}-{i}", "arm": str(arm)} for i, arm in enumerate(arms)]
        told.append({"cell": f"p{n}-none", "arm": "none"})
        name = f"prevention-{week}-{n}"
        (folder / f"{name}.json").write_text(json.dumps({"week": str(week), "places": told}), encoding="utf-8")
        for place in told:
            rate = dice.gamma(4, 1.0)
            for k in range(-8, 4):
                mean = rate * (ratio if k >= 0 and place["arm"] == "visit" else 1.0)
                first = (week - date(1970, 1, 1)).days + 7 * k
                for _ in range(dice.poisson(mean)):
                    cells.append(place["cell"])
                    days.append(first + int(dice.integers(7)))
    return PlacedReports(cells, [""] * len(cells), [""] * len(cells), np.array(days))


def test_a_planted_fall_is_found_and_none_is_not_invented(tmp_path: Path) -> None:
    names = [f"prevention-{WEEK}-0", f"prevention-{WEEK + timedelta(weeks=1)}-1"]
    for ratio, low, high in ((0.7, -38, -22), (1.0, -10, 10)):
        found, told = judge_kept_plans(Folder(tmp_path), names, world(tmp_path, ratio, seed=3), TODAY)
        assert found.method == "randomised"
        assert found.estimate is not None, found.refused
        assert low < found.estimate < high
        interval = found.interval
        assert interval is not None
        assert (interval[1] < 0) is (ratio < 1), "an effect is significant, none is not"
        assert told["visited"] == 160
        assert told["waiting"] == 80


def test_a_plan_whose_weeks_have_not_passed_is_not_judged(tmp_path: Path) -> None:
    reports = world(tmp_path, 1.0, seed=1, places=12)
    with pytest.raises(PlanError, match="2026-10-05"):
        judge_kept_plans(Folder(tmp_path), [f"prevention-{WEEK}-0"], reports, WEEK + timedelta(weeks=3))
    with pytest.raises(PlanError, match="prevent list"):
        judge_kept_plans(Folder(tmp_path), ["prevention-none"], reports, TODAY)


def test_visits_are_no_reports_and_places_become_cells() -> None:
    columns = {
        "id": ["H-1", "V-1", "H-2"], "programme": ["hotline", "visits", "hotline"], "area": ["a1", "a1", None],
        "category": ["noise", "visit", "noise"], "lon": [116.3, 116.3, None], "lat": [39.95, 39.95, None],
        "time": [datetime(2026, 9, 1, 20, tzinfo=UTC)] * 3,
    }  # fmt: skip
    found = reports_of(columns, UTC, {"visits"})
    assert found.areas == ["a1", ""]
    assert found.cells[0].startswith("89")
    assert found.cells[1] == ""
    assert found.days.tolist() == [(date(2026, 9, 1) - date(1970, 1, 1)).days] * 2


def test_a_topic_is_compared_with_the_streets_it_did_not_touch() -> None:
    dice = np.random.default_rng(7)
    streets = {f"s{i}": f"s{i}" for i in range(24)}
    areas, days = [], []
    for i in range(24):
        for k in range(-20, 6):
            for _ in range(dice.poisson(14 * (0.6 if i < 8 and k >= 0 else 1.0))):
                areas.append(f"s{i}")
                days.append((WEEK - date(1970, 1, 1)).days + 7 * k + int(dice.integers(7)))
    reports = PlacedReports([""] * len(days), areas, ["water"] * len(days), np.array(days))
    chosen = WEEK - timedelta(days=10)
    columns = {
        "id": [f"H-{i}" for i in range(8)], "area": [f"s{i}" for i in range(8)], "category": ["water"] * 8,
        "time": [datetime(chosen.year, chosen.month, chosen.day, tzinfo=UTC)] * 8,
    }  # fmt: skip
    found = judge_topic(columns["id"], columns, reports, streets, WEEK, WEEK + timedelta(weeks=6))
    assert found.estimate is not None, found.refused
    assert -50 < found.estimate < -30
    with pytest.raises(EffectError, match="none of the topic"):
        judge_topic(["X-1"], columns, reports, streets, WEEK, WEEK + timedelta(weeks=6))
    with pytest.raises(EffectError, match="no whole week"):
        judge_topic(columns["id"], columns, reports, streets, WEEK, WEEK + timedelta(days=3))


def test_waits_in_a_row_are_counted_until_the_visit(tmp_path: Path) -> None:
    for n, arms in enumerate(({"a": "wait", "b": "wait"}, {"a": "wait", "b": "visit"}, {"b": "wait", "c": "none"})):
        told = {"week": f"2026-09-{7 * n + 1:02d}", "places": [{"cell": c, "arm": arm} for c, arm in arms.items()]}
        (tmp_path / f"prevention-{n}.json").write_text(json.dumps(told), encoding="utf-8")
    assert count_waits(Folder(tmp_path)) == {"a": 2, "b": 1}
