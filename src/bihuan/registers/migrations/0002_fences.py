"""Row-level security of identities, the append-only access log, and the functions that may pass the fence.

Two facts are fenced in the database as well as in code: which district a row belongs to, and who reported. An identity
can be read only in a transaction that has already written its access to the log; the policy itself checks that.
"""

from __future__ import annotations

from django.db import migrations

from bihuan.registers.isolation import district_policy, here
from bihuan.server.roles import append_only, for_application_role

LOGGED = """
    district_id = nullif(current_setting('bihuan.district', true), '') AND EXISTS (
        SELECT 1 FROM registers_identityaccess a
        WHERE a.xact = pg_current_xact_id()
          AND (a.identity_id = registers_identity.id OR a.phone_index = registers_identity.phone_index)
    )
"""

# Erases what is past its retention by the district's own date; runs as the tables' owner because nobody may read
# those rows just to find them.
SWEEP = """
CREATE FUNCTION registers_identity_sweep(batch integer) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH due AS (
        SELECT i.id FROM registers_identity i JOIN registers_district d ON d.code = i.district_id
        WHERE i.erased_at IS NULL AND i.retention_until < (now() AT TIME ZONE d.zone)::date
        ORDER BY i.retention_until LIMIT batch FOR UPDATE OF i SKIP LOCKED
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

# Names the identities that are not yet sealed with a key, so that they can be sealed anew one by one, each logged.
STALE = """
CREATE FUNCTION registers_identity_stale(current_key text, batch integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM registers_identity
    WHERE erased_at IS NULL AND key_id <> current_key
      AND district_id = nullif(current_setting('bihuan.district', true), '')
    ORDER BY id LIMIT batch
$$
"""


class Migration(migrations.Migration):
    """Fences of the identity tables."""

    dependencies = [("registers", "0001_registers")]

    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE registers_identityaccess ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id()",
                "CREATE INDEX registers_access_xact ON registers_identityaccess (xact)",
            ],
            ["ALTER TABLE registers_identityaccess DROP COLUMN xact"],
        ),
        append_only("registers_identityaccess"),
        district_policy("registers_identityaccess"),
        for_application_role(
            [
                "REVOKE DELETE, TRUNCATE ON registers_identity FROM {role}",
                "ALTER TABLE registers_identity ENABLE ROW LEVEL SECURITY",
                f"CREATE POLICY seal ON registers_identity FOR INSERT WITH CHECK ({here()})",
                f"CREATE POLICY logged_read ON registers_identity FOR SELECT USING ({LOGGED})",
                f"CREATE POLICY logged_change ON registers_identity FOR UPDATE USING ({LOGGED}) WITH CHECK ({here()})",
                SWEEP,
                STALE,
                "REVOKE ALL ON FUNCTION registers_identity_sweep(integer) FROM PUBLIC",
                "REVOKE ALL ON FUNCTION registers_identity_stale(text, integer) FROM PUBLIC",
                "GRANT EXECUTE ON FUNCTION registers_identity_sweep(integer) TO {role}",
                "GRANT EXECUTE ON FUNCTION registers_identity_stale(text, integer) TO {role}",
            ],
            [
                "DROP FUNCTION registers_identity_stale(text, integer)",
                "DROP FUNCTION registers_identity_sweep(integer)",
                "DROP POLICY logged_change ON registers_identity",
                "DROP POLICY logged_read ON registers_identity",
                "DROP POLICY seal ON registers_identity",
                "ALTER TABLE registers_identity DISABLE ROW LEVEL SECURITY",
                "GRANT DELETE ON registers_identity TO {role}",
            ],
        ),
    ]
