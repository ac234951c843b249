"""What the visits of a plan found: the published hit-rate."""

from __future__ import annotations

import json
from typing import Any

from bihuan.insight.forecast.hits import hit_rate
from bihuan.insight.shelf import Shelf
from bihuan.loop.models import CampaignRow, CaseRow
from bihuan.prevention.proposing import PlanError

FOUND, NOTHING = "closed", "invalid"


def plan_results(shelf: Shelf, campaign: str) -> dict[str, Any]:
    """Visits by outcome, and the share of all places with a chance of a visit that had a problem, with its interval.

    A visit found something when its case was put right and re-inspected (closed), nothing when it was entered as no
    problem on the spot (invalid); open visits do not count yet.

    Raises:
        PlanError: no such plan was drawn here.

    Source: docs/topics/prevention.md (4): Horvitz & Thompson (1952), interval at the effective sample size.
    """
    plan = shelf.read(f"{campaign}.json")
    row = CampaignRow.objects.filter(pk=campaign).first()
    if row is None or plan is None:
        raise PlanError(f"no plan {campaign!r} in {shelf}; see `bihuan prevent list`")
    told = json.loads(plan)
    chance = {p["cell"]: float(p["probability"]) for p in told["places"]}
    ended = dict(
        CaseRow.objects.filter(programme=row.programme, kind=row.kind, fold__subject__in=row.members)
        .values_list("fold__subject", "outcome")
    )  # fmt: skip
    done = [(cell, outcome == FOUND) for cell, outcome in sorted(ended.items()) if outcome in (FOUND, NOTHING)]
    rate = hit_rate([hit for _, hit in done], [chance[cell] for cell, _ in done])
    waiting = [p["cell"] for p in told["places"] if p["arm"] == "wait"]
    return {
        "campaign": campaign, "week": told["week"], "visits": len(row.members), "opened": len(ended), "done": len(done),
        "found": rate.found, "waiting": len(waiting),
        "hit_rate": None if not done else f"{rate.rate:.4f}", "interval": [f"{rate.low:.4f}", f"{rate.high:.4f}"],
    }  # fmt: skip
