WITH handed AS (
    SELECT e.case_id, e.version, e.occurred_at, true AS submitted
    FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) e
    WHERE e.kind = 'submitted' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
), overdue AS (
    SELECT e.case_id, e.version, e.occurred_at, false AS submitted
    FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) e
    WHERE e.kind = 'ticked' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
      AND e.data @> jsonb_build_object('clocks', jsonb_build_array(jsonb_build_object('op', 'miss', 'name', %(clock_on_time)s::text)))
      AND NOT EXISTS (SELECT 1 FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) s WHERE s.case_id = e.case_id AND s.version > e.version
                      AND s.kind = 'submitted' AND s.occurred_at < %(until)s
                      AND NOT EXISTS (SELECT 1 FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) b WHERE b.case_id = e.case_id AND b.version > e.version
                                      AND b.version < s.version AND (b.kind IN ('dispatched', 'arbitrated', 'reopened') OR (b.kind = 'verified' AND b.data->>'reopens' = 'true'))))
), rounds AS (
    SELECT h.*, o.programme, o.area, o.category, d.lead, d.version AS since
    FROM (SELECT * FROM handed UNION ALL SELECT * FROM overdue) h
    CROSS JOIN LATERAL (SELECT o.data->>'programme' AS programme, (SELECT k.data->>'area' FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) k
 WHERE k.case_id = h.case_id AND k.version <= h.version AND k.kind IN ('opened', 'classified') AND k.data ? 'area'
 ORDER BY k.version DESC LIMIT 1) AS area, (SELECT k.data->>'category' FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) k
 WHERE k.case_id = h.case_id AND k.version <= h.version AND k.kind IN ('opened', 'classified') AND k.data ? 'category'
 ORDER BY k.version DESC LIMIT 1) AS category
FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) o WHERE o.case_id = h.case_id AND o.kind = 'opened') o
    CROSS JOIN LATERAL (SELECT (SELECT d.data->>'lead' FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) d
        WHERE d.case_id = h.case_id AND d.version < h.version AND d.kind IN ('dispatched', 'arbitrated')
        ORDER BY d.version DESC LIMIT 1) AS lead,
       coalesce((SELECT max(d.version) FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) d
                 WHERE d.case_id = h.case_id AND d.version < h.version
                   AND (d.kind IN ('dispatched', 'arbitrated', 'reopened') OR (d.kind = 'verified' AND d.data->>'reopens' = 'true'))), 0) AS version) d
    WHERE o.programme = ANY(%(programmes)s)
), members AS (
    SELECT 'on_time_rate' AS indicator, r.*, r.submitted AND coalesce(r.occurred_at <= (SELECT (op->>'due')::timestamptz FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) k, jsonb_array_elements(k.data->'clocks') op
 WHERE k.case_id = r.case_id AND k.version >= r.since AND k.version < r.version
   AND k.data ? 'clocks' AND op->>'name' = %(clock_on_time)s AND op->>'op' IN ('start', 'resume', 'restore', 'extend')
 ORDER BY k.version DESC LIMIT 1), true) AS counted
    FROM rounds r
    UNION ALL
    SELECT 'reopen_rate', r.*, EXISTS (
        SELECT 1 FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) x
        WHERE x.case_id = r.case_id AND x.version > r.version AND x.occurred_at < %(until)s
          AND (x.kind = 'reopened' OR (x.kind = 'verified' AND x.data->>'reopens' = 'true'))
          AND NOT EXISTS (SELECT 1 FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) s WHERE s.case_id = r.case_id AND s.kind = 'submitted'
                          AND s.version > r.version AND s.version < x.version))
    FROM rounds r WHERE r.submitted
)
SELECT m.indicator, m.case_id, m.programme, m.area, m.lead AS unit, m.category, m.counted, NULL::text AS excluded
FROM members m