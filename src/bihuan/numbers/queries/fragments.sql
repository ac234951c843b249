-- Fragments that the queries share; `--: name(arguments)` begins one, `$argument` stands for what is given.

--: events()
-- Events of the district that the log holds below the cut: what was not in the log then does not count, even if it
-- happened earlier. That makes every number reproducible from its cut.
(SELECT v.* FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
 WHERE v.district_id = %(district)s AND l.index < %(cut)s)

--: opening(row)
-- Programme, area and category as they stood at the row's event.
SELECT o.data->>'programme' AS programme, {as_of(area, $row)} AS area, {as_of(category, $row)} AS category
FROM {events} o WHERE o.case_id = $row.case_id AND o.kind = 'opened'

--: as_of(field, row)
(SELECT k.data->>'$field' FROM {events} k
 WHERE k.case_id = $row.case_id AND k.version <= $row.version AND k.kind IN ('opened', 'classified') AND k.data ? '$field'
 ORDER BY k.version DESC LIMIT 1)

--: opening_by_month_end(row)
SELECT o.data->>'programme' AS programme, {by_month_end(area, $row)} AS area, {by_month_end(category, $row)} AS category
FROM {events} o WHERE o.case_id = $row.case_id AND o.kind = 'opened'

--: by_month_end(field, row)
(SELECT k.data->>'$field' FROM {events} k
 WHERE k.case_id = $row.case_id AND k.occurred_at < %(until)s AND k.kind IN ('opened', 'classified') AND k.data ? '$field'
 ORDER BY k.version DESC LIMIT 1)

--: round(row)
-- The unit that held the case in the row's round of handling, and the event that began the round.
SELECT (SELECT d.data->>'lead' FROM {events} d
        WHERE d.case_id = $row.case_id AND d.version < $row.version AND d.kind IN ('dispatched', 'arbitrated')
        ORDER BY d.version DESC LIMIT 1) AS lead,
       coalesce((SELECT max(d.version) FROM {events} d
                 WHERE d.case_id = $row.case_id AND d.version < $row.version
                   AND {begins(d)}), 0) AS version

--: begins(row)
-- Whether an event begins a round of handling.
($row.kind IN ('dispatched', 'arbitrated', 'reopened') OR ($row.kind = 'verified' AND $row.data->>'reopens' = 'true'))

--: lead_by_month_end(row)
SELECT d.data->>'lead' AS lead FROM {events} d
WHERE d.case_id = $row.case_id AND d.occurred_at < %(until)s AND d.kind IN ('dispatched', 'arbitrated')
ORDER BY d.version DESC LIMIT 1

--: merged(row)
coalesce((SELECT m.kind = 'merged' FROM {events} m
          WHERE m.case_id = $row.case_id AND m.kind IN ('merged', 'unmerged') AND m.occurred_at < %(until)s
          ORDER BY m.version DESC LIMIT 1), false)

--: due(row, round)
-- When the round's clock fell due, as the last operation before the row's event left it; null when it was not running.
(SELECT CASE WHEN op->>'op' <> 'stop' THEN (op->>'due')::timestamptz END
 FROM {events} k, jsonb_array_elements(k.data->'clocks') op
 WHERE k.case_id = $row.case_id AND k.version < $row.version AND k.data ? 'clocks' AND op->>'name' = $round.clock
   AND (op->>'op' IN ('start', 'resume', 'restore', 'extend', 'replace') OR (op->>'op' = 'stop' AND k.version <= $round.since))
 ORDER BY k.version DESC LIMIT 1)

--: judged_by(row)
-- The clock that the case's programme, in the edition the case then followed, names for the on-time rate.
(SELECT coalesce(%(clocks)s::jsonb->>((o.data->>'programme') || '@' || {edition($row)}), %(clocks)s::jsonb->>(o.data->>'programme'))
 FROM {events} o WHERE o.case_id = $row.case_id AND o.kind = 'opened')

--: edition(row)
(SELECT k.data->>'edition' FROM {events} k
 WHERE k.case_id = $row.case_id AND k.version <= $row.version AND k.kind IN ('opened', 'migrated') AND k.data ? 'edition'
 ORDER BY k.version DESC LIMIT 1)

--: aggregate()
SELECT indicator, programme, coalesce(area, ''), coalesce(unit, ''), coalesce(category, ''), coalesce(excluded, ''),
       count(*) FILTER (WHERE counted), count(*)
FROM ({query}) q GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6

--: members()
SELECT case_id, programme, coalesce(area, ''), coalesce(unit, ''), coalesce(category, ''), coalesce(counted, false),
       coalesce(excluded, '')
FROM ({query}) q WHERE indicator = %(indicator)s ORDER BY case_id

--: cut()
SELECT (SELECT max(v.recorded_at) FROM loop_event v JOIN ledger_entry l ON l.event_id = v.id
        WHERE l.index < %(size)s AND l.index >= %(size)s - 1000),
       (SELECT h.root FROM ledger_head h WHERE h.size = %(size)s ORDER BY h.id DESC LIMIT 1)

--: party_due(row)
-- When the party called in by the row's event had to be there, as the last operation before it came left it.
(SELECT (op->>'due')::timestamptz FROM {events} k, jsonb_array_elements(k.data->'clocks') op
 WHERE k.case_id = $row.case_id AND k.version >= $row.version AND ($row.arrival IS NULL OR k.version < $row.arrival)
   AND k.data ? 'clocks' AND op->>'name' = 'arrive@' || $row.party
   AND op->>'op' IN ('start', 'resume', 'restore', 'replace')
 ORDER BY k.version DESC LIMIT 1)

--: view_period()
SELECT %(start)s::timestamptz AS start, %(until)s::timestamptz AS until

--: view_events()
SELECT e.case_id, e.version, e.kind, e.occurred_at, e.data FROM {events} e

--: view_cases()
SELECT o.case_id, o.data->>'programme' AS programme, {by_month_end(area, o)} AS area,
       (SELECT l.lead FROM ({lead_by_month_end(o)}) l) AS unit, {by_month_end(category, o)} AS category, o.occurred_at AS opened_at
FROM {events} o WHERE o.kind = 'opened' AND o.occurred_at < %(until)s
