"""The same numbers counted a second time: window functions over `loop_event` alone, sharing no text with the queries.

Answers {(indicator, unit id): (numerator, denominator, excluded)} for one month in Beijing time.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

Counts = dict[tuple[str, str], tuple[int, int, int]]

_STORY = """
WITH story AS (
  SELECT case_id, version, kind, data, (occurred_at AT TIME ZONE 'Asia/Shanghai') AS local,
         kind IN ('dispatched', 'arbitrated', 'reopened') OR (kind = 'verified' AND data @> '{"reopens": true}') AS begins,
         CASE WHEN kind IN ('dispatched', 'arbitrated') THEN data->>'lead' END AS given
  FROM loop_event
), numbered AS (
  SELECT s.*, sum(begins::int) OVER w AS inclusive, sum(begins::int) OVER w - begins::int AS round,
         (array_remove(array_agg(given) OVER w, NULL)) AS leads
  FROM story s WINDOW w AS (PARTITION BY case_id ORDER BY version)
), told AS (
  SELECT n.*, CASE WHEN given IS NULL THEN leads[cardinality(leads)] ELSE leads[cardinality(leads) - 1] END AS unit_before,
         leads[cardinality(leads)] AS unit_now
  FROM numbered n
), dues AS (
  SELECT t.case_id, t.inclusive AS round, t.version, op->>'name' AS clock, (op->>'due')::timestamptz AT TIME ZONE 'Asia/Shanghai' AS due
  FROM told t, jsonb_array_elements(t.data->'clocks') op
  WHERE op->>'op' NOT IN ('stop', 'pause', 'warn', 'miss')
), month AS (SELECT timestamp '%(first)s' AS a, timestamp '%(first)s' + interval '1 month' AS b)
"""

_CALLBACKS = """
, decisive AS (
  SELECT t.*, row_number() OVER (PARTITION BY t.case_id ORDER BY t.version DESC) AS from_last
  FROM told t, month m
  WHERE t.kind = 'verified' AND t.local >= m.a AND t.local < m.b AND t.data->>'result' NOT IN ('unreachable', 'refused')
), earlier AS (
  SELECT case_id, min(version) AS version FROM told
  WHERE kind = 'verified' AND data->>'result' NOT IN ('unreachable', 'refused') GROUP BY case_id
), contact AS (
  SELECT DISTINCT ON (case_id, round) case_id, round, version, local FROM told WHERE kind = 'contacted'
  ORDER BY case_id, round, version
), contact_due AS (
  SELECT DISTINCT ON (c.case_id, c.round) c.case_id, c.round, c.local <= d.due AS ok
  FROM contact c JOIN dues d ON d.case_id = c.case_id AND d.round = c.round AND d.clock = 'contact' AND d.version < c.version
  ORDER BY c.case_id, c.round, d.version DESC
), claim AS (
  SELECT case_id, round, bool_or(data @> '{"solvable": false}') AS gave_up FROM told WHERE kind = 'submitted' GROUP BY 1, 2
), appeal AS (
  SELECT case_id, array_agg(DISTINCT data->>'indicator') AS what FROM told WHERE kind = 'excluded' GROUP BY case_id
), one AS (
  SELECT d.case_id, coalesce(d.unit_before, '') AS unit, d.data->>'result' = 'solved' AS solved, d.data->>'satisfied' AS happy,
         (d.data->>'contacted') AS said, coalesce(c.ok, false) AS in_time, NOT coalesce(k.gave_up, false) AS claimed,
         coalesce(a.what, '{}') AS what, e.version = d.version AS very_first
  FROM decisive d
  LEFT JOIN contact_due c ON c.case_id = d.case_id AND c.round = d.round
  LEFT JOIN claim k ON k.case_id = d.case_id AND k.round = d.round
  LEFT JOIN appeal a ON a.case_id = d.case_id
  LEFT JOIN earlier e ON e.case_id = d.case_id
  WHERE d.from_last = 1
), each AS (
  SELECT unit, x.name, x.yes, x.appealed && what AS out
  FROM one, LATERAL (VALUES
    ('response_rate', in_time AND coalesce(said, 'true') <> 'false', true, ARRAY['response_rate', 'all']),
    ('resolution_rate', solved, true, ARRAY['resolution_rate', 'all']),
    ('satisfaction_rate', happy = 'yes', happy IS NOT NULL, ARRAY['satisfaction_rate', 'all']),
    ('callback_discrepancy', NOT solved, claimed, '{}'),
    ('first_time_fix_rate', solved, very_first, '{}'),
    ('exclusion_share', what && ARRAY['response_rate', 'resolution_rate', 'satisfaction_rate', 'all'], true, '{}')
  ) AS x(name, yes, belongs, appealed)
  WHERE x.belongs
)
SELECT name, unit, sum((yes AND NOT out)::int), sum((NOT out)::int), sum(out::int) FROM each GROUP BY 1, 2
"""

_OTHERS = """
, closing AS (SELECT t.* FROM told t, month m WHERE t.local < m.b),
last_known AS (SELECT DISTINCT ON (case_id) case_id, unit_now FROM closing ORDER BY case_id, version DESC),
ended AS (SELECT DISTINCT ON (case_id) case_id, data->>'state' AS state, data->>'outcome' AS outcome
          FROM closing WHERE jsonb_exists(data, 'state') ORDER BY case_id, version DESC),
joining AS (SELECT DISTINCT ON (case_id) case_id, kind FROM closing WHERE kind IN ('merged', 'unmerged') ORDER BY case_id, version DESC),
opened AS (SELECT c.case_id FROM closing c, month m WHERE c.kind = 'opened' AND c.local >= m.a),
handed AS (SELECT c.* FROM closing c, month m WHERE c.kind = 'submitted' AND c.local >= m.a),
late AS (SELECT c.* FROM closing c, month m WHERE c.kind = 'ticked' AND c.local >= m.a
         AND jsonb_path_exists(c.data, '$.clocks[*] ? (@.op == "miss" && @.name == "feedback")')
         AND (c.case_id, c.round) NOT IN (SELECT case_id, round FROM closing WHERE kind = 'submitted')),
feedback AS (SELECT DISTINCT ON (h.case_id, h.round) h.case_id, h.round, h.local <= d.due AS ok
             FROM handed h JOIN dues d ON d.case_id = h.case_id AND d.round = h.round AND d.clock = 'feedback'
             ORDER BY h.case_id, h.round, d.version DESC),
again AS (SELECT case_id, round FROM closing WHERE kind = 'verified' AND data @> '{"reopens": true}'
          UNION SELECT case_id, round FROM closing WHERE kind = 'reopened'),
following AS (SELECT c.*, lead(kind) OVER (PARTITION BY case_id ORDER BY version) AS next FROM closing c
              WHERE kind IN ('dispatched', 'arbitrated', 'returned', 'recalled', 'accepted', 'merged', 'withdrawn'))
SELECT 'volume' AS name, coalesce(unit_now, '') AS unit, count(*), count(*), 0 FROM opened JOIN last_known USING (case_id) GROUP BY 2
UNION ALL
SELECT 'repeat_rate', coalesce(unit_now, ''), count(*) FILTER (WHERE j.kind = 'merged'), count(*), 0
FROM opened JOIN last_known USING (case_id) LEFT JOIN joining j USING (case_id) GROUP BY 2
UNION ALL
SELECT 'urge_rate', coalesce(unit_now, ''), count(*) FILTER (WHERE case_id IN (SELECT case_id FROM closing WHERE kind = 'urged')), count(*), 0
FROM opened JOIN last_known USING (case_id) GROUP BY 2
UNION ALL
SELECT 'return_rate', given, count(*) FILTER (WHERE next = 'returned'), count(*), 0
FROM following, month m WHERE kind IN ('dispatched', 'arbitrated') AND local >= m.a GROUP BY 2
UNION ALL
SELECT 'on_time_rate', unit_before, count(*) FILTER (WHERE f.ok), count(*), 0
FROM (SELECT case_id, round, unit_before, true AS done FROM handed UNION ALL SELECT case_id, round, unit_before, false FROM late) h
LEFT JOIN feedback f ON h.done AND f.case_id = h.case_id AND f.round = h.round GROUP BY 2
UNION ALL
SELECT 'reopen_rate', unit_before, count(*) FILTER (WHERE (case_id, round) IN (SELECT case_id, round FROM again)), count(*), 0
FROM handed GROUP BY 2
UNION ALL
SELECT 'suspended_share', coalesce(unit_now, ''), count(*) FILTER (WHERE state = 'suspended'), count(*), 0
FROM ended JOIN last_known USING (case_id) WHERE outcome IS NULL GROUP BY 2
"""


def recount(period: str) -> Counts:
    """Return the counts of a month (`YYYY-MM`) by indicator and unit."""
    found: Counts = {}
    for part in (_CALLBACKS, _OTHERS):
        for name, unit, yes, all_, out in _rows((_STORY + part).replace("%(first)s", f"{period}-01")):
            found[name, unit] = (yes, all_, out)
    return found


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
