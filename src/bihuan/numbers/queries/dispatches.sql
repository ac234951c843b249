-- Dispatches of the month, each to one unit: was it returned by that unit before the case went anywhere else?
SELECT 'return_rate' AS indicator, e.case_id, o.programme, o.area, e.data->>'lead' AS unit, o.category,
       coalesce(n.kind = 'returned', false) AS counted, NULL::text AS excluded
FROM {events} e
CROSS JOIN LATERAL ({opening(e)}) o
LEFT JOIN LATERAL (
    SELECT x.kind FROM {events} x
    WHERE x.case_id = e.case_id AND x.version > e.version AND x.occurred_at < %(until)s
      AND x.kind IN ('returned', 'recalled', 'accepted', 'dispatched', 'arbitrated', 'merged', 'withdrawn', 'history_recorded')
    ORDER BY x.version LIMIT 1
) n ON true
WHERE e.kind IN ('dispatched', 'arbitrated') AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
  AND o.programme = ANY(%(programmes)s)
