WITH answered AS (
    SELECT DISTINCT ON (e.case_id) e.case_id, e.version, e.occurred_at,
           e.data->>'result' AS result, e.data->>'satisfied' AS satisfied, e.data->>'contacted' AS contacted
    FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) e
    WHERE e.kind = 'verified' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
      AND e.data->>'result' IN ('solved', 'partly', 'unsolved', 'passed', 'failed')
    ORDER BY e.case_id, e.version DESC
), rounds AS (
    SELECT a.*, o.programme, o.area, o.category, d.lead, d.version AS since,
           coalesce(a.result IN ('solved', 'passed'), false) AS good
    FROM answered a
    CROSS JOIN LATERAL (SELECT o.data->>'programme' AS programme, (SELECT k.data->>'area' FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) k
 WHERE k.case_id = a.case_id AND k.version <= a.version AND k.kind IN ('opened', 'classified') AND k.data ? 'area'
 ORDER BY k.version DESC LIMIT 1) AS area, (SELECT k.data->>'category' FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) k
 WHERE k.case_id = a.case_id AND k.version <= a.version AND k.kind IN ('opened', 'classified') AND k.data ? 'category'
 ORDER BY k.version DESC LIMIT 1) AS category
FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) o WHERE o.case_id = a.case_id AND o.kind = 'opened') o
    CROSS JOIN LATERAL (SELECT (SELECT d.data->>'lead' FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) d
        WHERE d.case_id = a.case_id AND d.version < a.version AND d.kind IN ('dispatched', 'arbitrated')
        ORDER BY d.version DESC LIMIT 1) AS lead,
       coalesce((SELECT max(d.version) FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) d
                 WHERE d.case_id = a.case_id AND d.version < a.version
                   AND (d.kind IN ('dispatched', 'arbitrated', 'reopened') OR (d.kind = 'verified' AND d.data->>'reopens' = 'true'))), 0) AS version) d
    WHERE o.programme = ANY(%(programmes)s)
), facts AS (
    SELECT r.*, coalesce(c.contacted_in_time, false) AS in_time, coalesce(s.claimed, true) AS claimed,
           NOT EXISTS (SELECT 1 FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) p WHERE p.case_id = r.case_id AND p.version < r.version
                       AND p.kind = 'verified' AND p.data->>'result' IN ('solved', 'partly', 'unsolved', 'passed', 'failed')
                      ) AS first
    FROM rounds r
    LEFT JOIN LATERAL (
        SELECT coalesce(x.occurred_at <= (SELECT (op->>'due')::timestamptz FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) k, jsonb_array_elements(k.data->'clocks') op
 WHERE k.case_id = x.case_id AND k.version >= r.since AND k.version < x.version
   AND k.data ? 'clocks' AND op->>'name' = %(clock_contact)s AND op->>'op' IN ('start', 'resume', 'restore', 'extend')
 ORDER BY k.version DESC LIMIT 1), true) AS contacted_in_time
        FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) x
        WHERE x.case_id = r.case_id AND x.version > r.since AND x.version < r.version AND x.kind = 'contacted'
        ORDER BY x.version LIMIT 1
    ) c ON true
    LEFT JOIN LATERAL (
        SELECT (s.data->>'solvable') IS DISTINCT FROM 'false' AS claimed
        FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) s
        WHERE s.case_id = r.case_id AND s.version < r.version AND s.kind = 'submitted'
        ORDER BY s.version DESC LIMIT 1
    ) s ON true
), excluded AS (
    SELECT DISTINCT ON (x.case_id, x.data->>'indicator')
           x.case_id, x.data->>'indicator' AS indicator, x.data->>'reason' AS reason
    FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) x
    WHERE x.kind = 'excluded' AND x.case_id IN (SELECT case_id FROM facts)
    ORDER BY x.case_id, x.data->>'indicator', x.version DESC
), members AS (
    SELECT 'response_rate' AS indicator, f.*, f.in_time AND f.contacted IS DISTINCT FROM 'false' AS counted FROM facts f
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