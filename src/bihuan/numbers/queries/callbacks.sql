-- The last valid call-back of each case in the month: the three rates, the discrepancy of claims, first-time fix.
-- Valid: the reporter was reached and said how it stands. Attributed to the unit that held the case in that round.
WITH answered AS (
    SELECT DISTINCT ON (e.case_id) e.case_id, e.version, e.occurred_at,
           e.data->>'result' AS result, e.data->>'satisfied' AS satisfied, e.data->>'contacted' AS contacted
    FROM {events} e
    WHERE e.kind = 'verified' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
      AND e.data->>'result' IN ('solved', 'partly', 'unsolved', 'passed', 'failed')
    ORDER BY e.case_id, e.version DESC
), rounds AS (
    SELECT a.*, o.programme, o.area, o.category, d.lead, d.version AS since, %(clock_contact)s::text AS clock,
           coalesce(a.result IN ('solved', 'passed'), false) AS good
    FROM answered a
    CROSS JOIN LATERAL ({opening(a)}) o
    CROSS JOIN LATERAL ({round(a)}) d
    WHERE o.programme = ANY(%(programmes)s)
), facts AS (
    SELECT r.*, coalesce(c.contacted_in_time, false) AS in_time, c.rests_on, coalesce(s.claimed, true) AS claimed,
           NOT EXISTS (SELECT 1 FROM {events} p WHERE p.case_id = r.case_id AND p.version < r.version
                       AND p.kind = 'verified' AND p.data->>'result' IN ('solved', 'partly', 'unsolved', 'passed', 'failed')
                      ) AS first
    FROM rounds r
    LEFT JOIN LATERAL (
        SELECT coalesce(x.occurred_at <= {due(x, r)}, true) AS contacted_in_time, x.data->>'rests_on' AS rests_on
        FROM {events} x
        WHERE x.case_id = r.case_id AND x.version > r.since AND x.version < r.version AND x.kind = 'contacted'
        ORDER BY x.version LIMIT 1
    ) c ON true
    LEFT JOIN LATERAL (
        SELECT (s.data->>'solvable') IS DISTINCT FROM 'false' AS claimed
        FROM {events} s
        WHERE s.case_id = r.case_id AND s.version < r.version AND s.kind = 'submitted'
        ORDER BY s.version DESC LIMIT 1
    ) s ON true
), excluded AS (
    SELECT DISTINCT ON (x.case_id, x.data->>'indicator')
           x.case_id, x.data->>'indicator' AS indicator, x.data->>'reason' AS reason
    FROM {events} x
    WHERE x.kind = 'excluded' AND x.case_id IN (SELECT case_id FROM facts)
    ORDER BY x.case_id, x.data->>'indicator', x.version DESC
), members AS (
    SELECT 'response_rate' AS indicator, f.*, f.in_time AND f.contacted IS DISTINCT FROM 'false' AS counted FROM facts f
    UNION ALL
    SELECT 'untraced_contact_share', f.*, f.rests_on IS DISTINCT FROM 'number_seen' FROM facts f
    WHERE f.in_time AND f.contacted IS DISTINCT FROM 'false'
    UNION ALL
    SELECT 'resolution_rate', f.*, f.good FROM facts f
    UNION ALL
    SELECT 'satisfaction_rate', f.*, f.satisfied = 'yes' FROM facts f WHERE f.satisfied IS NOT NULL
    UNION ALL
    SELECT 'callback_discrepancy', f.*, NOT f.good FROM facts f WHERE f.claimed
    UNION ALL
    SELECT 'first_time_fix_rate', f.*, f.good FROM facts f WHERE f.first
    UNION ALL
    SELECT 'exclusion_share', f.*, EXISTS (SELECT 1 FROM excluded x WHERE x.case_id = f.case_id
           AND x.indicator IN ('all', 'response_rate', 'resolution_rate', 'satisfaction_rate')) FROM facts f
)
SELECT m.indicator, m.case_id, m.programme, m.area, m.lead AS unit, m.category, m.counted,
       (SELECT x.reason FROM excluded x
        WHERE x.case_id = m.case_id AND x.indicator IN (m.indicator, 'all') AND m.indicator = ANY(%(appealable)s)
        ORDER BY x.indicator = 'all' LIMIT 1) AS excluded
FROM members m
