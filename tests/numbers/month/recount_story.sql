-- Every event with its round of handling and the unit before and after it; the dues of clocks; the month.
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
), month AS (SELECT timestamp 'FIRST_DAY' AS a, timestamp 'FIRST_DAY' + interval '1 month' AS b)
