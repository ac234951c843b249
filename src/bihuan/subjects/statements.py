"""The SQL that applies staged rows to known versions: what each row means, and what follows from it. Strings only.

A row says what holds of a key from its day on. Where it names no last day, it holds as long as the version of that day
was known to hold, or until the next known one: a list tells of its own day and does not undo what is known of later
ones. Each row has its own change, so that one trip may write many acts: the n-th one is known n microseconds later.
Placeholders: district, type, fence, now, changes, rank, fields.
Source: docs/topics/subjects.md, "How a row counts".
"""

STAGE = """
CREATE TEMP TABLE IF NOT EXISTS subject_staged (line bigint, key text, absent boolean, valid_from date, valid_to date,
    said jsonb, sealed_id uuid, sealed_digest text, ciphertext bytea, rank int, change uuid, nth int)
    ON COMMIT DELETE ROWS
"""
STAGED = "line, key, absent, valid_from, valid_to, said, sealed_id, sealed_digest, ciphertext, rank, change, nth"
"""The columns of the staging table as they are copied."""
HITS = """
CREATE TEMP TABLE IF NOT EXISTS subject_hit (line bigint, key text, absent boolean, f date, t date, old jsonb,
    fresh jsonb, said jsonb, at_change uuid, at_origin jsonb, sealed_id uuid, sealed_digest text, verdict text,
    change uuid, nth int)
    ON COMMIT DELETE ROWS
"""

_LOCK = "SELECT pg_advisory_xact_lock(hashtext(%(lock)s))"
_EMPTY = "DELETE FROM subject_staged; DELETE FROM subject_hit"
_INSTANT = """
SELECT (SELECT greatest(%(at)s, max(recorded_at) + interval '1 microsecond') FROM subject_change
        WHERE district_id = %(district)s AND type = %(type)s),
    (SELECT bool_and(reltuples BETWEEN 0 AND %(few)s) FROM pg_class
        WHERE oid IN ('pg_temp.subject_staged'::regclass, 'pg_temp.subject_hit'::regclass))
"""
BEGIN = "; ".join((_LOCK, STAGE, HITS, _EMPTY, _INSTANT))
"""One trip: the lock of the type, empty staging tables, the instant of the act, whether the tables were met small."""

RANK = """
UPDATE subject_staged s SET rank = r.n FROM (
    SELECT line, key, row_number() OVER (PARTITION BY key ORDER BY valid_from, line) AS n FROM subject_staged
) r WHERE r.line = s.line AND r.key = s.key AND r.n > 1
"""
TWICE = """
DELETE FROM subject_staged s USING subject_staged o
WHERE o.key = s.key AND o.valid_from = s.valid_from AND o.line < s.line RETURNING s.line, s.key, o.line
"""

MEANT = """
INSERT INTO subject_hit
SELECT m.line, m.key, m.absent, m.f, m.t, m.old, m.fresh, m.said, m.at_change, m.at_origin, m.sealed_id,
    m.sealed_digest,
    CASE WHEN m.absent THEN CASE WHEN m.touched THEN 'ended' ELSE 'unchanged' END
         WHEN m.at_id IS NULL THEN 'created'
         WHEN m.old = m.fresh AND m.at_fence = %(fence)s AND m.sealed_digest = m.at_sealed
              AND (m.at_to IS NULL OR m.t <= m.at_to) THEN 'unchanged'
         ELSE 'changed' END,
    m.change, m.nth
FROM (
    SELECT s.line, s.change, s.nth,
        s.key, s.absent, s.valid_from AS f, s.said, v.id AS at_id, v.valid_to AS at_to, v.fence AS at_fence,
        CASE WHEN s.valid_to IS NOT NULL THEN s.valid_to WHEN v.id IS NOT NULL THEN v.valid_to ELSE n.start END AS t,
        v.values AS old, v.change_id AS at_change, v.origin AS at_origin, coalesce(v.sealed_digest, '') AS at_sealed,
        jsonb_strip_nulls(CASE WHEN v.fence = %(fence)s THEN v.values ELSE '{}'::jsonb END || s.said) AS fresh,
        CASE WHEN s.sealed_digest IS NULL THEN v.sealed_id ELSE s.sealed_id END AS sealed_id,
        coalesce(s.sealed_digest, v.sealed_digest, '') AS sealed_digest,
        v.id IS NOT NULL OR (s.valid_to IS NOT NULL AND n.start < s.valid_to) AS touched
    FROM subject_staged s
    LEFT JOIN subject_version v ON v.district_id = %(district)s AND v.type = %(type)s AND v.key = s.key
        AND v.superseded_at IS NULL AND v.valid_from <= s.valid_from
        AND (v.valid_to IS NULL OR v.valid_to > s.valid_from)
    LEFT JOIN LATERAL (
        SELECT min(w.valid_from) AS start FROM subject_version w
        WHERE w.district_id = %(district)s AND w.type = %(type)s AND w.key = s.key AND w.superseded_at IS NULL
          AND w.valid_from > s.valid_from
    ) n ON v.id IS NULL OR (s.absent AND s.valid_to IS NOT NULL)
    WHERE s.rank = %(rank)s
) m
"""

VERDICTS = "SELECT change, verdict FROM subject_hit"
COUNTED = "SELECT verdict, count(*) FROM subject_hit GROUP BY verdict"

SEAL = """
INSERT INTO subject_sealed (id, district_id, type, key, fence, key_id, ciphertext)
SELECT s.sealed_id, %(district)s, %(type)s, s.key, %(fence)s, %(key_id)s, s.ciphertext
FROM subject_staged s JOIN subject_hit h ON h.line = s.line AND h.key = s.key
WHERE s.ciphertext IS NOT NULL AND h.verdict <> 'unchanged'
"""

APPLY = """
WITH gone AS (
    UPDATE subject_version v SET superseded_at = %(now)s + h.nth * interval '1 microsecond', superseded_by = h.change
    FROM subject_hit h
    WHERE h.verdict <> 'unchanged' AND v.district_id = %(district)s AND v.type = %(type)s AND v.key = h.key
      AND v.superseded_at IS NULL AND (h.t IS NULL OR v.valid_from < h.t)
      AND (v.valid_to IS NULL OR v.valid_to > h.f)
    RETURNING v.key, v.valid_from, v.valid_to, v.values, v.origin, v.change_id, v.fence, v.sealed_id,
        v.sealed_digest, h.f, h.t, h.change, h.nth
), piece AS (
    SELECT key, valid_from, f AS valid_to, values, origin, change_id, fence, sealed_id, sealed_digest, change, nth
    FROM gone WHERE valid_from < f
    UNION ALL
    SELECT key, t, valid_to, values, origin, change_id, fence, sealed_id, sealed_digest, change, nth
    FROM gone WHERE t IS NOT NULL AND (valid_to IS NULL OR valid_to > t)
), fresh AS (
    SELECT key, valid_from, valid_to, values, coalesce(origin, jsonb_build_object('*', change_id)) AS origin,
        fence, sealed_id, sealed_digest, change, nth
    FROM piece
    UNION ALL
    SELECT h.key, h.f, h.t, h.fresh, (
        SELECT jsonb_object_agg(k, coalesce(h.at_origin->>k, h.at_origin->>'*', h.at_change::text))
        FROM jsonb_object_keys(h.fresh) k WHERE NOT h.said ? k
    ), %(fence)s, h.sealed_id, h.sealed_digest, h.change, h.nth
    FROM subject_hit h WHERE NOT h.absent AND h.verdict <> 'unchanged'
)
INSERT INTO subject_version (district_id, type, key, valid_from, valid_to, recorded_at, change_id, fence, values,
    origin, sealed_id, sealed_digest, salt, hash)
SELECT %(district)s, %(type)s, key, valid_from, valid_to, %(now)s + nth * interval '1 microsecond', change, fence,
    values, origin, sealed_id, sealed_digest,
    salt, sha256('\\x56'::bytea || salt || convert_to(concat_ws(chr(31), %(district)s::text,
        %(type)s::text, key, valid_from::text, coalesce(valid_to::text, ''), values::text, sealed_digest), 'UTF8'))
FROM (SELECT fresh.*, uuid_send(gen_random_uuid()) AS salt FROM fresh ORDER BY key, valid_from) q
"""
"""A version's hash: SHA-256(0x56 || salt || district, type, key, days, values, keyed digest of the sealed part)."""

FIND = """
INSERT INTO subject_found (district_id, type, field, value, key, version_id, fence)
SELECT v.district_id, v.type, f.field, left(v.values->>f.field, 200), v.key, v.id, v.fence
FROM subject_version v CROSS JOIN unnest(%(fields)s::text[]) AS f(field)
WHERE v.change_id = ANY(%(changes)s::uuid[]) AND v.superseded_at IS NULL AND v.values ? f.field
ORDER BY f.field, left(v.values->>f.field, 200) COLLATE "C", v.key
"""

PLAIN = "~"
"""Behind the name of a field: its value without width, case and spaces, as names of other sources are compared."""
FIND_PLAIN = """
INSERT INTO subject_found (district_id, type, field, value, key, version_id, fence)
SELECT v.district_id, v.type, %(plain)s, left(translate(lower(normalize(v.values->>%(title)s, NFKC)), ' \t', ''), 200),
    v.key, v.id, v.fence
FROM subject_version v
WHERE v.change_id = ANY(%(changes)s::uuid[]) AND v.superseded_at IS NULL AND v.values ? %(title)s
"""

CHANGED = """
INSERT INTO subject_change (id, district_id, type, edition, kind, actor, source, reason, recorded_at, counts,
    file_sha256, root, statement_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
MISSING = """
INSERT INTO subject_staged (line, key, absent, valid_from, rank, change, nth)
SELECT 0, v.key, true, %(day)s, 1, %(change)s, 0 FROM subject_version v
WHERE v.district_id = %(district)s AND v.type = %(type)s AND v.superseded_at IS NULL AND v.valid_from <= %(day)s
  AND (v.valid_to IS NULL OR v.valid_to > %(day)s)
  AND NOT EXISTS (SELECT FROM subject_staged s WHERE s.key = v.key)
  AND NOT v.key = ANY(%(spared)s)
"""
