-- Continues recount_story.sql: everything else.
, closing AS (SELECT t.* FROM told t, month m WHERE t.local < m.b),
last_known AS (SELECT DISTINCT ON (case_id) case_id, unit_now FROM closing ORDER BY case_id, version DESC),
ended AS (SELECT DISTINCT ON (case_id) case_id, data->>'state' AS state, data->>'outcome' AS outcome
          FROM closing WHERE jsonb_exists(data, 'state') ORDER BY case_id, version DESC),
joining AS (SELECT DISTINCT ON (case_id) case_id, kind FROM closing WHERE kind IN ('merged', 'unmerged') ORDER BY case_id, version DESC),
opened AS (SELECT c.case_id FROM closing c, month m WHERE c.kind = 'opened' AND c.local >= m.a),
handed AS (SELECT c.* FROM closing c, month m WHERE c.kind = 'submitted' AND c.local >= m.a),
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
SELECT 'reopen_rate', unit_before, count(*) FILTER (WHERE (case_id, round) IN (SELECT case_id, round FROM again)), count(*), 0
FROM handed GROUP BY 2
UNION ALL
SELECT 'suspended_share', coalesce(unit_now, ''), count(*) FILTER (WHERE state = 'suspended'), count(*), 0
FROM ended JOIN last_known USING (case_id) WHERE outcome IS NULL GROUP BY 2
UNION ALL
SELECT 'whistle_rate', unit_now, count(*) FILTER (WHERE case_id IN (SELECT case_id FROM closing WHERE kind = 'called_in')), count(*), 0
FROM opened JOIN last_known USING (case_id) WHERE unit_now IS NOT NULL GROUP BY 2
