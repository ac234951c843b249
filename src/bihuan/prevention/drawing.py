"""Commit to the candidates, draw with public entropy, start the campaign; anybody can repeat the draw."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from bihuan.insight.forecast.choose import EXPLORE, HOLDOUT, RESTS, Assignment, plan
from bihuan.insight.shelf import Shelf
from bihuan.ledger import statements
from bihuan.ledger.core import draw
from bihuan.loop import campaigns
from bihuan.loop.kernel.campaign import Campaign
from bihuan.loop.kernel.model import Data
from bihuan.prevention.proposing import NAMED, PlanError, ProposedVisit, parse_spot

DRAWN = "prevention-plan"


def commit_candidates(shelf: Shelf, week: date, spots: Sequence[ProposedVisit], capacity: int, source: str) -> str:
    """Fix the candidates and publish the hash of the list before anybody can know the entropy.

    Args:
        shelf: Where the list is kept until the draw and ever after.
        week: First day of the week planned.
        spots: The candidates.
        capacity: Visits.
        source: Which public value will be used, and when it appears.

    Returns:
        the commitment, hexadecimal.

    Raises:
        PlanError: there is no candidate.

    Source: docs/topics/prevention.md (1): published before the value that decides is known; RFC 3797 §2.
    """
    if not spots:
        raise PlanError("there is no candidate; the forecast needs cases with places of at least four weeks")
    stratum = draw.DrawStratum("candidates", tuple(spot.line() for spot in spots), min(capacity, len(spots)))
    definition = draw.DrawDefinition(f"preventive visits from {week}", source, (stratum,), secrets.token_hex(16))
    statements.commit_draw(definition)
    commitment = definition.commitment().hex()
    told = {"week": week.isoformat(), "definition": definition.as_json(), "why": {s.candidate.id: s.why for s in spots}}
    shelf.write(f"{commitment}.json", json.dumps(told, ensure_ascii=False).encode())
    return commitment


def carry_out_plan(
    shelf: Shelf, commitment: str, entropy: Sequence[str], programme: str, kind: str, district: str
) -> dict[str, Any]:
    """Draw, publish what was drawn, and declare the campaign of the visits.

    Args:
        shelf: As given to `commit_candidates`.
        commitment: As returned by it.
        entropy: The public values, as published, in order.
        programme, kind: The declared kind of case a visit is.
        district: Official code.

    Returns:
        the plan: campaign id, week, and per place arm, probability, place and reason.

    Raises:
        PlanError: the commitment was never published or its list is not kept here.
        django.db.IntegrityError: that plan was drawn already.

    Source: docs/topics/prevention.md (2, 3).
    """
    listed = shelf.read(f"{commitment}.json")
    if statements.find_commitment(commitment) is None or listed is None:
        raise PlanError(f"no published commitment {commitment} with its list in {shelf}; propose first")
    told = json.loads(listed)
    definition = draw.DrawDefinition.from_json(told["definition"])
    if definition.commitment().hex() != commitment:
        raise PlanError(f"{commitment}.json in {shelf} is not the list that was committed to; restore a backup")
    week = date.fromisoformat(told["week"])
    found = drawn(definition, entropy)
    spots = {spot.candidate.id: spot for spot in map(parse_spot, definition.strata[0].candidates)}
    campaign = f"{NAMED}{week}-{commitment[:8]}"
    visited = [a for a in found if a.visited]
    facts_of: dict[str, Data] = {a.id: _facts(spots[a.id], a) for a in visited}
    members = tuple(a.id for a in visited)
    campaigns.start(Campaign(campaign, programme, kind, week, week + timedelta(days=6), members), district, facts_of)
    places = [_told(a, spots[a.id], told["why"].get(a.id, "")) for a in found]
    statements.publish_statement(DRAWN, {"commitment": commitment, "entropy": list(entropy), "campaign": campaign})
    answer = {
        "campaign": campaign,
        "week": told["week"],
        "commitment": commitment,
        "entropy": list(entropy),
        "places": places,
    }
    shelf.write(f"{campaign}.json", json.dumps(answer, ensure_ascii=False).encode())
    return answer


def count_waits(shelf: Shelf) -> dict[str, int]:
    """Return how many plans in a row each cell was drawn to wait, up to the newest plan drawn here.

    A cell that a plan leaves out keeps its number: it has not been visited since.

    Source: docs/topics/prevention.md (nobody waits more than twice in a row).
    """
    counted: dict[str, int] = {}
    for told in plans_of(shelf):
        for place in told["places"]:
            if place["arm"] == "wait":
                counted[place["cell"]] = counted.get(place["cell"], 0) + 1
            elif place["arm"] != "none":
                counted.pop(place["cell"], None)
    return counted


def resting_cells(shelf: Shelf, week: date) -> frozenset[str]:
    """Cells that a plan of the last `RESTS` weeks before `week` visits or lets wait.

    Source: docs/topics/prevention.md.
    """
    since = (week - timedelta(weeks=RESTS)).isoformat()
    recent = [told for told in plans_of(shelf) if since < told["week"] <= week.isoformat()]
    return frozenset(p["cell"] for told in recent for p in told["places"] if p["arm"] != "none")


def plans_of(shelf: Shelf) -> list[dict[str, Any]]:
    """Return every plan drawn, by its week. Source: docs/topics/prevention.md."""
    plans = [json.loads(shelf.read(name) or b"{}") for name in shelf.names(NAMED)]
    return sorted(plans, key=lambda told: str(told["week"]))


def drawn(definition: draw.DrawDefinition, entropy: Sequence[str]) -> list[Assignment]:
    """Return the draw itself, a function of what was published: repeat it to check it.

    Source: docs/topics/prevention.md (a function of the published list and the public value alone).
    """
    seed = draw.seed_of(definition.commitment(), entropy)
    stratum = definition.strata[0]
    candidates = [parse_spot(line).candidate for line in stratum.candidates]
    return plan(candidates, stratum.pick, HOLDOUT, seed, exploration_share=EXPLORE)


def _facts(spot: ProposedVisit, assignment: Assignment) -> Data:
    category = "visit.explore" if assignment.arm == "explore" else "visit.forecast"
    return {"area": spot.area, "place": [spot.lon_e6, spot.lat_e6], "category": category}


def _told(a: Assignment, spot: ProposedVisit, why: str) -> dict[str, Any]:
    return {
        "cell": a.id, "arm": a.arm, "probability": f"{a.probability:.6f}", "area": spot.area,
        "lon_e6": spot.lon_e6, "lat_e6": spot.lat_e6, "expected": f"{spot.candidate.gain:.3f}",
        "why": f"{a.why}; {why}",
    }  # fmt: skip
