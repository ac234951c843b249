-- What is open when the month ends, and how much of it stands still.
WITH last AS (
    SELECT DISTINCT ON (e.case_id) e.case_id, e.version, e.data->>'state' AS state, e.data->>'outcome' AS outcome
    FROM {events} e
    WHERE e.occurred_at < %(until)s AND e.data ? 'state'
    ORDER BY e.case_id, e.version DESC
)
SELECT 'suspended_share' AS indicator, p.case_id, o.programme, o.area, d.lead AS unit, o.category,
       p.state = 'suspended' AS counted, NULL::text AS excluded
FROM last p
CROSS JOIN LATERAL ({opening_by_month_end(p)}) o
LEFT JOIN LATERAL ({lead_by_month_end(p)}) d ON true
WHERE p.outcome IS NULL AND o.programme = ANY(%(programmes)s)
