"""Retention by row: what is due is named first and erased row by row, so that one row never keeps the others."""

from django.db import migrations

from bihuan.server.roles import for_application_role

# Both run as the tables' owner, because nobody may read those rows just to find them. `end` looks again at the last
# day: it erases nothing before its time, whatever it is given.
DUE = """
CREATE FUNCTION registers_identity_due(district text, resting uuid[], batch integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.id FROM registers_identity i JOIN registers_district d ON d.code = i.district_id
    WHERE i.district_id = district AND i.erased_at IS NULL AND i.retention_until < (now() AT TIME ZONE d.zone)::date
      AND NOT i.id = ANY(resting)
    ORDER BY i.retention_until LIMIT batch
$$
"""
END = """
CREATE FUNCTION registers_identity_end(chosen uuid[]) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH due AS (
        SELECT i.id FROM registers_identity i JOIN registers_district d ON d.code = i.district_id
        WHERE i.id = ANY(chosen) AND i.erased_at IS NULL AND i.retention_until < (now() AT TIME ZONE d.zone)::date
        FOR UPDATE OF i SKIP LOCKED
    ), gone AS (
        UPDATE registers_identity i SET ciphertext = NULL, phone_index = NULL, erased_at = now()
        FROM due WHERE i.id = due.id RETURNING i.id, i.district_id
    ), logged AS (
        INSERT INTO registers_identityaccess (id, district_id, identity_id, actor, purpose, kind, at)
        SELECT gen_random_uuid(), district_id, id, 'system:retention', 'end of retention', 'retention', now() FROM gone
    )
    SELECT id FROM gone
$$
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_demonstration")]

    operations = [
        for_application_role(
            [
                DUE,
                END,
                "REVOKE ALL ON FUNCTION registers_identity_due(text, uuid[], integer) FROM PUBLIC",
                "REVOKE ALL ON FUNCTION registers_identity_end(uuid[]) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION registers_identity_due(text, uuid[], integer) TO {role}",
                "GRANT EXECUTE ON FUNCTION registers_identity_end(uuid[]) TO {role}",
                "DROP FUNCTION registers_identity_sweep(integer)",
            ],
            [
                "DROP FUNCTION registers_identity_end(uuid[])",
                "DROP FUNCTION registers_identity_due(text, uuid[], integer)",
            ],
        ),
    ]
