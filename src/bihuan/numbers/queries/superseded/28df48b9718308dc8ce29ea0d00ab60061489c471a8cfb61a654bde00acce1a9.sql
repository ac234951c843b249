WITH called AS (
    SELECT e.case_id, e.version, e.occurred_at, p->>'unit' AS party, (SELECT (op->>'due')::timestamptz FROM jsonb_array_elements(e.data->'clocks') op
 WHERE op->>'name' = 'arrive@' || (p->>'unit')) AS due
    FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) e, jsonb_array_elements(e.data->'parties') p
    WHERE e.kind = 'called_in' AND e.occurred_at >= %(start)s AND e.occurred_at < %(until)s
), members AS (
    SELECT 'arrival_rate' AS indicator, c.case_id, c.version, c.party AS unit, NULL::text AS answer,
           EXISTS (SELECT 1 FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) a WHERE a.case_id = c.case_id AND a.version > c.version AND a.kind = 'arrived'
                   AND a.data->>'party' = c.party AND a.occurred_at <= c.due) AS counted
    FROM called c
    WHERE NOT EXISTS (SELECT 1 FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) r WHERE r.case_id = c.case_id AND r.version > c.version AND r.kind = 'released'
                      AND r.data->>'party' = c.party AND r.occurred_at <= c.due)
    UNION ALL
    SELECT 'party_score', s.case_id, s.version, s.data->>'party', s.data->>'score', true
    FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) s
    WHERE s.kind = 'party_scored' AND s.occurred_at >= %(start)s AND s.occurred_at < %(until)s
    UNION ALL
    SELECT 'whistle_rate', w.case_id, w.version, l.lead, NULL::text,
           EXISTS (SELECT 1 FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) x WHERE x.case_id = w.case_id AND x.kind = 'called_in' AND x.occurred_at < %(until)s)
    FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) w
    CROSS JOIN LATERAL (SELECT d.data->>'lead' AS lead FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) d
WHERE d.case_id = w.case_id AND d.occurred_at < %(until)s AND d.kind IN ('dispatched', 'arbitrated')
ORDER BY d.version DESC LIMIT 1) l
    WHERE w.kind = 'opened' AND w.data->>'programme' = ANY(%(programmes)s) AND w.occurred_at >= %(start)s AND w.occurred_at < %(until)s
)
SELECT m.indicator, m.case_id, o.programme, o.area, m.unit, coalesce(m.answer, o.category) AS category, m.counted,
       NULL::text AS excluded
FROM members m
CROSS JOIN LATERAL (SELECT o.data->>'programme' AS programme, (SELECT k.data->>'area' FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) k
 WHERE k.case_id = m.case_id AND k.occurred_at < %(until)s AND k.kind IN ('opened', 'classified') AND k.data ? 'area'
 ORDER BY k.version DESC LIMIT 1) AS area, (SELECT k.data->>'category' FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) k
 WHERE k.case_id = m.case_id AND k.occurred_at < %(until)s AND k.kind IN ('opened', 'classified') AND k.data ? 'category'
 ORDER BY k.version DESC LIMIT 1) AS category
FROM (SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s) o WHERE o.case_id = m.case_id AND o.kind = 'opened') o
WHERE o.programme = ANY(%(programmes)s)