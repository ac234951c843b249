-- Units called in: did they come in time, how were they scored, and how often does a case need them at all?
-- In time is judged by the deadline as it was last set before the unit came: by the call, another rule, a standstill.
WITH called AS (
    SELECT e.case_id, e.version, e.occurred_at, p->>'unit' AS party
    FROM {events} e, jsonb_array_elements(e.data->'parties') p
    WHERE e.kind = 'called_in' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
), came AS (
    SELECT c.*, a.version AS arrival, a.occurred_at AS arrived
    FROM called c
    LEFT JOIN LATERAL (SELECT a.version, a.occurred_at FROM {events} a
                       WHERE a.case_id = c.case_id AND a.version > c.version AND a.kind = 'arrived'
                         AND a.data->>'party' = c.party ORDER BY a.version LIMIT 1) a ON true
), timed AS (
    SELECT c.*, {party_due(c)} AS due FROM came c
), members AS (
    SELECT 'arrival_rate' AS indicator, c.case_id, c.version, c.party AS unit, NULL::text AS answer,
           coalesce(c.arrived <= c.due, false) AS counted
    FROM timed c
    WHERE NOT EXISTS (SELECT 1 FROM {events} r WHERE r.case_id = c.case_id AND r.version > c.version AND r.kind = 'released'
                      AND r.data->>'party' = c.party AND r.occurred_at <= c.due)
    UNION ALL
    SELECT 'party_score', s.case_id, s.version, s.data->>'party', s.data->>'score', true
    FROM {events} s
    WHERE s.kind = 'party_scored' AND s.occurred_at >= %(start)s AND s.occurred_at < %(until)s
    UNION ALL
    SELECT 'whistle_rate', w.case_id, w.version, l.lead, NULL::text,
           EXISTS (SELECT 1 FROM {events} x WHERE x.case_id = w.case_id AND x.kind = 'called_in' AND x.occurred_at < %(until)s)
    FROM {events} w
    CROSS JOIN LATERAL ({lead_by_month_end(w)}) l
    WHERE w.kind = 'opened' AND w.data->>'programme' = ANY(%(programmes)s) AND w.occurred_at >= %(start)s AND w.occurred_at < %(until)s
)
SELECT m.indicator, m.case_id, o.programme, o.area, m.unit, coalesce(m.answer, o.category) AS category, m.counted,
       NULL::text AS excluded
FROM members m
CROSS JOIN LATERAL ({opening_by_month_end(m)}) o
WHERE o.programme = ANY(%(programmes)s)
