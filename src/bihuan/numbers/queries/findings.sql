-- What inspection found: cases opened in the month and confirmed by being sent to a unit, by the channel they came in.
SELECT 'findings_' || (f.data->>'channel') AS indicator, f.case_id, o.programme, o.area, d.lead AS unit, o.category,
       true AS counted, NULL::text AS excluded
FROM {events} f
CROSS JOIN LATERAL ({opening_by_month_end(f)}) o
CROSS JOIN LATERAL ({lead_by_month_end(f)}) d
WHERE f.kind = 'opened' AND f.data->>'programme' = ANY(%(programmes)s) AND f.occurred_at >= %(start)s AND f.occurred_at < %(until)s
  AND NOT {merged(f)}
  AND NOT EXISTS (SELECT 1 FROM {events} x WHERE x.case_id = f.case_id AND x.kind = 'invalidated' AND x.occurred_at < %(until)s)
