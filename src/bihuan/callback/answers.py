"""What a month's call-backs said: by unit, estimated for the whole population, and set against the units' claims."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from bihuan.callback.drawing import closed_population
from bihuan.loop.facts import LoopFacts
from bihuan.numbers.periods import Month
from bihuan.rules.agreement import Agreement, cohen_kappa
from bihuan.rules.discrepancy import Audit, UnitAnswers, audit_units
from bihuan.rules.survey import Estimate, SurveyStratum, stratified_share

GOOD = ("solved", "passed")
VALID = ("solved", "partly", "unsolved", "passed", "failed")
FEW = 2  # answers below which a unit has no estimate

ROUNDS = """
SELECT v.unit, v.claimed, v.drawn, e.data->>'result' AS result, e.data->>'satisfied' AS satisfied
FROM loop_event e CROSS JOIN LATERAL (
    SELECT (SELECT d.data->>'lead' FROM loop_event d WHERE d.case_id = e.case_id AND d.version < e.version
                AND d.kind IN ('dispatched', 'arbitrated') ORDER BY d.version DESC LIMIT 1) AS unit,
           (SELECT (s.data->>'solvable') IS DISTINCT FROM 'false' FROM loop_event s WHERE s.case_id = e.case_id
                AND s.version < e.version AND s.kind = 'submitted' ORDER BY s.version DESC LIMIT 1) AS claimed,
           (SELECT x.data->>'draw' FROM loop_event x WHERE x.case_id = e.case_id AND x.version < e.version
                AND x.kind = 'sampled' ORDER BY x.version DESC LIMIT 1) AS drawn,
           (SELECT o.data->>'programme' FROM loop_event o WHERE o.case_id = e.case_id AND o.version = 1) AS programme
) v
WHERE e.kind = 'verified' AND e.occurred_at >= %s AND e.occurred_at < %s AND v.programme = %s AND v.unit IS NOT NULL
"""


class Round(NamedTuple):
    """One answered or failed verification round."""

    unit: str
    claimed: bool
    drawn: str | None
    result: str
    satisfied: str | None

    @property
    def reached(self) -> bool:
        """Somebody said how it stands. Source: docs/topics/indicators.md, "What is counted" (valid call-backs)."""
        return self.result in VALID

    @property
    def good(self) -> bool:
        """It is solved. Source: docs/topics/indicators.md, "What is counted" (valid call-backs)."""
        return self.result in GOOD


class UnitAudit(NamedTuple):
    """The audit of a month: who is flagged, and how claims and answers agree."""

    audit: Audit
    agreement: Agreement
    by_unit: dict[str, Counter[str]]


def read_rounds(start: datetime, until: datetime, programme: str) -> list[Round]:
    """Return every verification round with a result between two instants.

    Source: docs/topics/rules.md, "Who closes falsely".
    """
    with connection.cursor() as cursor:
        cursor.execute(ROUNDS, [start, until, programme])
        return [Round(*row) for row in cursor.fetchall()]


def estimate_solved(month: Month, drawn: str, facts: LoopFacts, programme: str, now: datetime) -> dict[str, Estimate]:
    """Share solved in each unit's whole population of the month, and for the district (`*`), from a drawn sample.

    Args:
        drawn: the draw's commitment; only rounds it led to count.
        now: answers up to here (they come after the month's end).

    Horvitz–Thompson over the units as strata, with finite-population correction; people not reached are taken as
    missing at random within their unit.

    Source: Horvitz & Thompson (1952), Journal of the American Statistical Association 47:663; docs/topics/rules.md.
    """
    sizes = {unit: len(cases) for unit, cases in closed_population(month, facts, programme).items()}
    found: dict[str, list[Round]] = defaultdict(list)
    for each in read_rounds(month.bounds(facts.registers.calendar.zone)[0], now, programme):
        if each.drawn == drawn:
            found[each.unit].append(each)
    strata = [_stratum(unit, sizes.get(unit, 0), each) for unit, each in sorted(found.items())]
    answered = [s for s in strata if s.answered >= FEW]
    estimates = {s.id: stratified_share([s]) for s in answered}
    return {"*": stratified_share(answered), **estimates} if answered else {}


def audit(month: Month, facts: LoopFacts, programme: str) -> UnitAudit:
    """Set each unit's claims against the call-backs of the month; flags hold at a family-wise level of 5 %.

    Source: docs/topics/rules.md, "Who closes falsely"; docs/adr/0010 (8).
    """
    start, until = month.bounds(facts.registers.calendar.zone)
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    table = [[0, 0], [0, 0]]
    for each in read_rounds(start, until, programme):
        if not each.reached:
            counted[each.unit]["not_reached"] += 1
            continue
        table[not each.claimed][not each.good] += 1
        if each.claimed:
            counted[each.unit]["reached"] += 1
            counted[each.unit]["discrepant"] += not each.good
    answers = [
        UnitAnswers(unit, {"all": (c["discrepant"], c["reached"])})
        for unit, c in sorted(counted.items())
        if c["reached"]
    ]
    return UnitAudit(audit_units(answers), cohen_kappa(table), dict(counted))


def _stratum(unit: str, size: int, found: list[Round]) -> SurveyStratum:
    answered = [r for r in found if r.reached]
    return SurveyStratum(unit, max(size, len(found)), len(found), len(answered), sum(r.good for r in answered))


def audit_json(found: UnitAudit) -> dict[str, Any]:
    """Plain JSON without floats. Source: docs/topics/rules.md, "Who closes falsely"."""
    return {
        **found.audit.to_json(),
        "agreement": found.agreement.to_json(),
        "units": {unit: dict(counts) for unit, counts in found.by_unit.items()},
    }
