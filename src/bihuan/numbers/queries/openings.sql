-- Reports of the month: each opened case is one, each reporter who joins a case without one of their own is one more.
WITH reports AS (
    SELECT e.case_id, e.version, e.kind, NULL::text AS own
    FROM {events} e
    WHERE e.kind = 'opened' AND e.data->>'programme' = ANY(%(programmes)s) AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
    UNION ALL
    SELECT e.case_id, e.version, e.kind, e.data->>'from'
    FROM {events} e
    WHERE e.kind = 'reporter_joined' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
), placed AS (
    SELECT r.*, o.programme, o.area, o.category, d.lead
    FROM reports r
    CROSS JOIN LATERAL ({opening_by_month_end(r)}) o
    LEFT JOIN LATERAL ({lead_by_month_end(r)}) d ON true
    WHERE o.programme = ANY(%(programmes)s)
), members AS (
    SELECT 'volume' AS indicator, p.*, true AS counted FROM placed p WHERE p.kind = 'opened'
    UNION ALL
    SELECT 'repeat_rate', p.*, p.kind = 'reporter_joined' OR {merged(p)}
    FROM placed p WHERE p.own IS NULL
    UNION ALL
    SELECT 'urge_rate', p.*, EXISTS (SELECT 1 FROM {events} u WHERE u.case_id = p.case_id AND u.kind = 'urged'
                                     AND u.occurred_at < %(until)s)
    FROM placed p WHERE p.kind = 'opened'
)
SELECT m.indicator, m.case_id, m.programme, m.area, m.lead AS unit, m.category, m.counted, NULL::text AS excluded
FROM members m
