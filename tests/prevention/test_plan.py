"""A weekly plan from forecast to hit-rate, through the store."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bihuan.insight.forecast.choose import Candidate
from bihuan.insight.shelf import Folder
from bihuan.ledger.core.draw import DrawDefinition
from bihuan.loop import campaigns
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CampaignRow, CaseRow
from bihuan.loop.store import Order, append, get_case
from bihuan.prevention.drawing import carry_out_plan, commit_candidates, drawn
from bihuan.prevention.proposing import PlanError, ProposedVisit, parse_spot, propose_candidates
from bihuan.prevention.results import plan_results
from tests.loop.district import facts, handler, registers

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
INSPECTOR = Actor("user:inspector", frozenset({"inspector"}))
OTHER = Actor("user:other-inspector", frozenset({"inspector"}))
WEEK = date(2026, 11, 23)


def spots(count: int = 12) -> list[ProposedVisit]:
    """Candidates in communities of the model district, the hotter the earlier."""
    areas = [a.code for a in registers().areas if a.level == "community"][::20]
    return [
        ProposedVisit(
            Candidate(f"cell{i:02d}", float(count - i), areas[i][:9], i == count - 1),
            116_300_000 + i,
            39_950_000,
            areas[i],
            "",
        )
        for i in range(count)
    ]


def test_a_published_line_reads_back_exactly() -> None:
    for spot in spots():
        assert parse_spot(spot.line()) == spot


def test_the_hottest_cells_and_some_of_quiet_areas_are_proposed() -> None:
    dice = np.random.default_rng(5)
    hot, quiet = 2500, 200
    lon = np.concatenate([116.30 + dice.integers(0, 4, hot) * 0.01, 116.50 + dice.integers(0, 20, quiet) * 0.01])
    lat = np.full(hot + quiet, 39.95)
    days = np.datetime64("2026-08-01") + dice.integers(0, 98, hot + quiet)
    areas = (
        ["110108001001"] * (hot // 2) + ["110108002001"] * (hot // 2) + ["110108003001"] * 150 + ["110108004001"] * 50
    )
    week, found = propose_candidates(lon, lat, days, areas, ["noise"] * (hot + quiet), capacity=2)
    assert week == date(2026, 11, 7)
    hottest = {f"{116.30 + i * 0.01:.2f}" for i in range(4)}
    assert {f"{s.lon_e6 / 1e6:.2f}" for s in found[:4]} <= hottest | {f"{float(x) - 0.01:.2f}" for x in hottest}
    assert any(s.candidate.rare and s.area == "110108004001" for s in found)


@pytest.mark.django_db
def test_a_plan_is_drawn_once_visited_and_judged(tmp_path: Path) -> None:
    listed = spots()
    commitment = commit_candidates(Folder(tmp_path), WEEK, listed, 6, "a public value")
    district = registers().district.code
    plan = carry_out_plan(Folder(tmp_path), commitment, ["7 12 19"], "prevention", "visit", district)
    arms = {place["cell"]: place["arm"] for place in plan["places"]}
    assert sum(arm not in ("wait", "none") for arm in arms.values()) == 6
    assert "wait" in arms.values(), "a waiting list is drawn"
    world = facts(NOW)
    campaign = plan["campaign"]
    assert campaigns.open_cases(campaign, INSPECTOR, NOW, world) == 6
    assert campaigns.open_cases(campaign, INSPECTOR, NOW, world) == 0
    visited = set(CampaignRow.objects.get(pk=campaign).members)
    assert visited == {cell for cell, arm in arms.items() if arm not in ("wait", "none")}
    found = [_visit(row, hit=n % 2 == 0) for n, row in enumerate(CaseRow.objects.filter(programme="prevention"))]
    told = plan_results(Folder(tmp_path), campaign)
    assert (told["visits"], told["done"], told["found"]) == (6, 6, sum(found))
    assert float(told["interval"][0]) < float(told["hit_rate"]) < float(told["interval"][1])


def _visit(row: CaseRow, *, hit: bool) -> bool:
    """Dispatch, go there, and end it either way."""
    steps: list[tuple[str, Actor | None, dict[str, Any]]] = [("dispatch", INSPECTOR, {})]
    if hit:
        steps.append(("accept", None, {}))
        photo = {"sha256": f"{row.lon_e6:064x}", "type": "photo", "place": [row.lon_e6, row.lat_e6], "taken_at": "late"}
        steps += [("add_evidence", None, photo), ("submit", None, {}), ("verify", OTHER, {"result": "passed"})]
    else:
        steps += [("return", None, {"reason": "nothing_found"}), ("invalidate", INSPECTOR, {"reason": "nothing found"})]
    for n, (name, actor, data) in enumerate(steps, 1):
        case = get_case(row.id)
        at = NOW + timedelta(hours=n)
        if "taken_at" in data:
            data["taken_at"] = (at - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        command = Command(name, actor or handler(case.lead), at, data)  # type: ignore[union-attr]  # it was just opened
        result = append([Order(command, row.id)], facts=facts(at))[0]
        assert result.refusal is None, (name, result.refusal)
    return hit


@pytest.mark.django_db
def test_the_draw_can_be_repeated_from_what_was_published_and_a_changed_list_is_refused(tmp_path: Path) -> None:
    commitment = commit_candidates(Folder(tmp_path), WEEK, spots(), 5, "a public value")
    path = tmp_path / f"{commitment}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    again = drawn(DrawDefinition.from_json(told["definition"]), ["3"])
    plan = carry_out_plan(Folder(tmp_path), commitment, ["3"], "prevention", "visit", registers().district.code)
    assert [(a.id, a.arm) for a in again] == [(p["cell"], p["arm"]) for p in plan["places"]]
    # The commitment's salt is new in every run, and two values may happen to draw the same arms: so many are tried.
    others = [[a.arm for a in drawn(DrawDefinition.from_json(told["definition"]), [str(n)])] for n in range(4, 44)]
    assert any(arms != [a.arm for a in again] for arms in others)
    told["definition"]["strata"][0]["candidates"][0] = spots()[1].line().replace("cell01", "cell99")
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(PlanError, match="not the list"):
        carry_out_plan(Folder(tmp_path), commitment, ["3"], "prevention", "visit", registers().district.code)
    with pytest.raises(PlanError, match="propose first"):
        carry_out_plan(Folder(tmp_path), "ab" * 32, ["3"], "prevention", "visit", registers().district.code)
