"""Scorecards filled from counts: the thousand-point month and answered whistles, each recomputed in plain SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from bihuan.ledger import store as ledger
from bihuan.loop.kernel.model import Actor, Case, Command
from bihuan.loop.store import Order, append
from bihuan.numbers.counting import month_cube
from bihuan.numbers.cube import Cube
from bihuan.numbers.periods import Month
from bihuan.numbers.ranking import MonthRanking, rank_month
from tests.loop.district import book, facts, handler, registers

pytestmark = pytest.mark.django_db
INSPECTOR = Actor("user:inspector", frozenset({"inspector"}))
MONTH = Month.parse("2026-06")
AT = datetime(2026, 6, 3, 2, tzinfo=UTC)
STREETS = [a.code for a in registers().areas if a.level == "street"]
HERE = [116_300_000, 39_950_000]
POINTS_SQL = """
WITH found AS (
  SELECT o.data->>'channel' AS channel, split_part(o.data->>'category', '.', 1) AS kind,
         (SELECT d.data->>'lead' FROM loop_event d WHERE d.case_id = o.case_id AND d.kind = 'dispatched'
          ORDER BY d.version DESC LIMIT 1) AS lead
  FROM loop_event o
  WHERE o.kind = 'opened' AND o.data->>'programme' = 'street-scene'
    AND to_char(o.occurred_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') = '2026-06'
    AND o.case_id NOT IN (SELECT case_id FROM loop_event WHERE kind IN ('merged', 'invalidated'))
), taken AS (
  SELECT lead, channel, sum(CASE WHEN channel = 'enforcement' THEN 5 WHEN kind = 'facilities' THEN 3 ELSE 2 END) AS off
  FROM found WHERE lead IS NOT NULL GROUP BY 1, 2
)
SELECT lead, 1000 - sum(least(off, CASE channel WHEN 'monitoring' THEN 300 WHEN 'inspection' THEN 200 ELSE 100 END))
FROM taken GROUP BY 1
"""
ANSWERED_SQL = """
WITH called AS (
  SELECT e.case_id, p->>'unit' AS unit,
         (SELECT (op->>'due')::timestamptz FROM jsonb_array_elements(e.data->'clocks') op
          WHERE op->>'name' = 'arrive@' || (p->>'unit')) AS due
  FROM loop_event e, jsonb_array_elements(e.data->'parties') p WHERE e.kind = 'called_in'
), came AS (
  SELECT c.unit, count(*) AS asked, count(a.case_id) AS in_time
  FROM called c LEFT JOIN loop_event a ON a.case_id = c.case_id AND a.kind = 'arrived'
       AND a.data->>'party' = c.unit AND a.occurred_at <= c.due
  GROUP BY 1
), said AS (
  SELECT data->>'party' AS unit, percentile_cont(0.5) WITHIN GROUP (ORDER BY (data->>'score')::int) AS middle
  FROM loop_event WHERE kind = 'party_scored' GROUP BY 1
)
SELECT unit, 60.0 * in_time / asked + 0.4 * middle FROM came JOIN said USING (unit) WHERE asked >= 5
"""


def do(case: UUID | None, step: str, actor: Actor, at: datetime, programme: str = "", **data: Any) -> Case:
    kind = {"street-scene": "finding", "whistle": "whistle"}.get(programme)
    order = Order(Command(step, actor, at, data), case, programme=programme or None, kind=kind)
    result = append([order], facts=facts())[0]
    assert result.refusal is None, (step, result.refusal)
    assert result.case is not None
    return result.case


def find(street: int, channel: str, category: str, times: int = 1, *, confirmed: bool = True) -> None:
    for n in range(times):
        at = AT + timedelta(minutes=n)
        about = {"channel": channel, "category": category, "area": STREETS[street], "place": HERE}
        case = do(None, "open", INSPECTOR, at, "street-scene", **about)
        if confirmed:
            do(case.id, "dispatch", INSPECTOR, at + timedelta(hours=1))


def ranked(programme: str) -> tuple[Cube, MonthRanking]:
    ledger.sequence_leaves(100_000)
    cube = month_cube(MONTH, registers=registers())
    return cube, rank_month(cube, None, registers(), book(), programme=programme)


def by_sql(statement: str) -> dict[str, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {registers().organisations.spans(u)[-1].code: round(Decimal(str(n)), 1) for u, n in cursor.fetchall()}


def test_the_thousand_point_month_equals_a_recount() -> None:
    find(0, "inspection", "cleanliness.litter", 3)
    find(0, "monitoring", "facilities.cover", 2)
    find(1, "enforcement", "order.vendor", 23)  # 115 points due, the part holds 100
    find(2, "monitoring", "greening.tree", 1)
    find(2, "monitoring", "order.vendor", 4, confirmed=False)  # a hit that nobody confirmed takes nothing off
    _, ranking = ranked("street-scene")
    scores = {line.unit: line.score.total for line in ranking.lines if line.score}
    assert len(scores) == 29
    assert {u: s for u, s in scores.items() if s != 1000} == by_sql(POINTS_SQL)
    assert sorted(set(scores.values())) == [900, 988, 998, 1000]
    last = ranking.lines[-1]
    assert (last.ranked.rank, last.ranked.rank_low, last.ranked.rank_high) == (29, 29, 29)
    inspection = next(i for i in ranking.lines[-2].score.items if i.item.id == "findings_inspection")  # type: ignore[union-attr]  # scored above
    assert "cleanliness × 3" in inspection.mark.reason["en"]


def test_a_finding_of_a_kind_that_nobody_declared_is_refused_at_the_door() -> None:
    with pytest.raises(AssertionError, match="unknown_category"):
        find(0, "inspection", "unheard.of")


def whistle(day: int, departments: list[str], late: set[str], scores: list[int]) -> None:
    at = AT + timedelta(days=day)
    about = {"channel": "patrol", "area": STREETS[day], "place": HERE}
    case = do(None, "open", handler(None, "street"), at, "whistle", **about)
    lead = handler(case.lead)
    do(case.id, "accept", lead, at + timedelta(minutes=1))
    do(case.id, "call_in", lead, at + timedelta(minutes=2), kind="emergency", units=departments, task="处置")
    for unit, score in zip(departments, scores, strict=True):
        party = handler(facts().unit(unit, at), unit)
        arrival = at + timedelta(minutes=40 if unit in late else 20)
        do(case.id, "arrive", party, arrival, place=HERE, signature="b" * 64)
        do(case.id, "finish_task", party, arrival + timedelta(hours=1))
        do(case.id, "score_party", lead, arrival + timedelta(hours=2), unit=party.unit, score=score)


def test_departments_are_scored_by_arrival_and_by_the_streets() -> None:
    one, two, three = [o.code for o in registers().organisations if o.kind == "department"][2:5]
    for day in range(6):
        late = {two} if day % 2 else set()
        whistle(
            day, [one, two, *([three] if day < 2 else [])], late, [90 + day, 50 + 10 * day, 70][: 3 if day < 2 else 2]
        )
    cube, ranking = ranked("whistle")
    assert ranking.kind == "department"
    scores = {line.unit: line.score.total for line in ranking.lines if line.ranked.rank and line.score}
    assert scores == by_sql(ANSWERED_SQL)
    assert set(scores) == {one, two}, "two whistles are too few to be ranked by"
    arrival = cube.slice("arrival_rate", "unit", programme="whistle")[two].to_json()
    assert (arrival["numerator"], arrival["denominator"]) == (3, 6)
    assert cube.one("whistle_rate", "whistle").to_json()["denominator"] == 6
