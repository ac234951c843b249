-- Handlings: handed in during the month (in time or late), or falling overdue in it without having been handed in.
-- What "in time" is judged by is the clock that the case's programme names for the indicator; a handling on which that
-- clock never ran has no deadline, so it is neither in time nor late. A miss that more time or another rule undid is none.
WITH handed AS (
    SELECT e.case_id, e.version, e.occurred_at, true AS submitted
    FROM {events} e
    WHERE e.kind = 'submitted' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
), missed AS (
    SELECT e.case_id, e.version, e.occurred_at, op->>'name' AS clock
    FROM {events} e, jsonb_array_elements(e.data->'clocks') op
    WHERE e.kind IN ('ticked', 'migrated') AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
      AND e.data @> '{"clocks": [{"op": "miss"}]}' AND op->>'op' = 'miss'
), overdue AS (
    SELECT m.case_id, m.version, m.occurred_at, false AS submitted
    FROM missed m
    WHERE m.clock = {judged_by(m)}
      AND NOT EXISTS (SELECT 1 FROM {events} g, jsonb_array_elements(g.data->'clocks') op
                      WHERE g.case_id = m.case_id AND g.version > m.version AND g.occurred_at < %(until)s AND g.data ? 'clocks'
                      AND op->>'name' = m.clock AND op->>'op' IN ('extend', 'replace')
                      AND NOT EXISTS (SELECT 1 FROM {events} b WHERE b.case_id = m.case_id AND b.version > m.version
                                      AND b.version <= g.version AND {begins(b)}))
      AND NOT EXISTS (SELECT 1 FROM {events} s WHERE s.case_id = m.case_id AND s.version > m.version
                      AND s.kind = 'submitted' AND s.occurred_at < %(until)s
                      AND NOT EXISTS (SELECT 1 FROM {events} b WHERE b.case_id = m.case_id AND b.version > m.version
                                      AND b.version < s.version AND {begins(b)}))
), rounds AS (
    SELECT h.*, o.programme, o.area, o.category, d.lead, d.version AS since, {judged_by(h)} AS clock
    FROM (SELECT * FROM handed UNION ALL SELECT * FROM overdue) h
    CROSS JOIN LATERAL ({opening(h)}) o
    CROSS JOIN LATERAL ({round(h)}) d
    WHERE o.programme = ANY(%(programmes)s)
), timed AS (
    SELECT r.*, {due(r, r)} AS due FROM rounds r
), members AS (
    SELECT 'on_time_rate' AS indicator, t.*, t.submitted AND t.occurred_at <= t.due AS counted
    FROM timed t WHERE t.due IS NOT NULL
    UNION ALL
    SELECT 'reopen_rate', t.*, EXISTS (
        SELECT 1 FROM {events} x
        WHERE x.case_id = t.case_id AND x.version > t.version AND x.occurred_at < %(until)s
          AND (x.kind = 'reopened' OR (x.kind = 'verified' AND x.data->>'reopens' = 'true'))
          AND NOT EXISTS (SELECT 1 FROM {events} s WHERE s.case_id = t.case_id AND s.kind = 'submitted'
                          AND s.version > t.version AND s.version < x.version))
    FROM timed t WHERE t.submitted
)
SELECT m.indicator, m.case_id, m.programme, m.area, m.lead AS unit, m.category, m.counted, NULL::text AS excluded
FROM members m
