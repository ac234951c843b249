-- Continues recount_story.sql: what hangs on the last decisive call-back.
, decisive AS (
  SELECT t.*, row_number() OVER (PARTITION BY t.case_id ORDER BY t.version DESC) AS from_last
  FROM told t, month m
  WHERE t.kind = 'verified' AND t.local >= m.a AND t.local < m.b AND t.data->>'result' NOT IN ('unreachable', 'refused')
), earlier AS (
  SELECT case_id, min(version) AS version FROM told
  WHERE kind = 'verified' AND data->>'result' NOT IN ('unreachable', 'refused') GROUP BY case_id
), contact AS (
  SELECT DISTINCT ON (case_id, round) case_id, round, version, local, coalesce(data->>'rests_on', 'word') AS rests FROM told WHERE kind = 'contacted'
  ORDER BY case_id, round, version
), contact_due AS (
  SELECT DISTINCT ON (c.case_id, c.round) c.case_id, c.round, c.local <= d.due AS ok, c.rests <> 'number_seen' AS word_only
  FROM contact c JOIN dues d ON d.case_id = c.case_id AND d.round = c.round AND d.clock = 'contact' AND d.version < c.version
  ORDER BY c.case_id, c.round, d.version DESC
), claim AS (
  SELECT case_id, round, bool_or(data @> '{"solvable": false}') AS gave_up FROM told WHERE kind = 'submitted' GROUP BY 1, 2
), appeal AS (
  SELECT case_id, array_agg(DISTINCT data->>'indicator') AS what FROM told WHERE kind = 'excluded' GROUP BY case_id
), one AS (
  SELECT d.case_id, coalesce(d.unit_before, '') AS unit, d.data->>'result' = 'solved' AS solved, d.data->>'satisfied' AS happy,
         (d.data->>'contacted') AS said, coalesce(c.ok, false) AS in_time, c.word_only, NOT coalesce(k.gave_up, false) AS claimed,
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
    ('untraced_contact_share', word_only, in_time AND coalesce(said, 'true') <> 'false', '{}'),
    ('resolution_rate', solved, true, ARRAY['resolution_rate', 'all']),
    ('satisfaction_rate', happy = 'yes', happy IS NOT NULL, ARRAY['satisfaction_rate', 'all']),
    ('callback_discrepancy', NOT solved, claimed, '{}'),
    ('first_time_fix_rate', solved, very_first, '{}'),
    ('exclusion_share', what && ARRAY['response_rate', 'resolution_rate', 'satisfaction_rate', 'all'], true, '{}')
  ) AS x(name, yes, belongs, appealed)
  WHERE x.belongs
)
SELECT name, unit, sum((yes AND NOT out)::int), sum((NOT out)::int), sum(out::int) FROM each GROUP BY 1, 2
