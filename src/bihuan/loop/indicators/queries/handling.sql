-- Handlings: handed in during the month (in time or late), or falling overdue in it without having been handed in.
WITH handed AS (
    SELECT e.case_id, e.version, e.occurred_at, true AS submitted
    FROM {events} e
    WHERE e.kind = 'submitted' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
), overdue AS (
    SELECT e.case_id, e.version, e.occurred_at, false AS submitted
    FROM {events} e
    WHERE e.kind = 'ticked' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
      AND e.data @> jsonb_build_object('clocks', jsonb_build_array(jsonb_build_object('op', 'miss', 'name', %(clock_on_time)s::text)))
      AND NOT EXISTS (SELECT 1 FROM {events} s WHERE s.case_id = e.case_id AND s.version > e.version
                      AND s.kind = 'submitted' AND s.occurred_at < %(until)s
                      AND NOT EXISTS (SELECT 1 FROM {events} b WHERE b.case_id = e.case_id AND b.version > e.version
                                      AND b.version < s.version AND {begins(b)}))
), rounds AS (
    SELECT h.*, o.programme, o.area, o.category, d.lead, d.version AS since
    FROM (SELECT * FROM handed UNION ALL SELECT * FROM overdue) h
    CROSS JOIN LATERAL ({opening(h)}) o
    CROSS JOIN LATERAL ({round(h)}) d
    WHERE o.programme = ANY(%(programmes)s)
), members AS (
    SELECT 'on_time_rate' AS indicator, r.*, r.submitted AND coalesce(r.occurred_at <= {due(r, r, on_time)}, true) AS counted
    FROM rounds r
    UNION ALL
    SELECT 'reopen_rate', r.*, EXISTS (
        SELECT 1 FROM {events} x
        WHERE x.case_id = r.case_id AND x.version > r.version AND x.occurred_at < %(until)s
          AND (x.kind = 'reopened' OR (x.kind = 'verified' AND x.data->>'reopens' = 'true'))
          AND NOT EXISTS (SELECT 1 FROM {events} s WHERE s.case_id = r.case_id AND s.kind = 'submitted'
                          AND s.version > r.version AND s.version < x.version))
    FROM rounds r WHERE r.submitted
)
SELECT m.indicator, m.case_id, m.programme, m.area, m.lead AS unit, m.category, m.counted, NULL::text AS excluded
FROM members m
