"""A row's last day is judged by its own district's clock alone.

Joined, the planner may evaluate the zone of every district before it compares codes, so that one district whose zone no
clock knows would keep the others' rows from ending. A subquery looks at the row's own district first.
"""

from django.db import migrations

DUE = """
CREATE OR REPLACE FUNCTION registers_identity_due(district text, resting uuid[], batch integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.id FROM registers_identity i
    WHERE i.district_id = district AND i.erased_at IS NULL
      AND i.retention_until < (
          SELECT (now() AT TIME ZONE d.zone)::date FROM registers_district d WHERE d.code = i.district_id
      )
      AND NOT i.id = ANY(resting)
    ORDER BY i.retention_until LIMIT batch
$$
"""
END = """
CREATE OR REPLACE FUNCTION registers_identity_end(chosen uuid[]) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH due AS (
        SELECT i.id FROM registers_identity i
        WHERE i.id = ANY(chosen) AND i.erased_at IS NULL
          AND i.retention_until < (
              SELECT (now() AT TIME ZONE d.zone)::date FROM registers_district d WHERE d.code = i.district_id
          )
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
    """Replaces two functions; grants stay as they are."""

    dependencies = [("registers", "0005_roles_are_data")]

    operations = [migrations.RunSQL((DUE, END), migrations.RunSQL.noop)]
