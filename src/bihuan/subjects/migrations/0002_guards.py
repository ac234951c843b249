"""What the database itself guards: nothing is overwritten, districts and purposes are fenced, each look is on record.

A version may be marked as superseded once and is otherwise untouchable. What stands behind a fence of purpose is seen
only by a transaction that has written its look before, and a look is refused unless the fence names its role and its
programme, so that a query typed by hand with the application's role meets the same fence as a page.
"""

from django.db import migrations

from bihuan.registers.isolation import district_policy, here
from bihuan.server.roles import append_only, for_application_role

SUPERSEDE = """
CREATE FUNCTION subject_only_supersede() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
       AND NEW.superseded_at >= OLD.recorded_at
       AND to_jsonb(OLD) - 'superseded_at' - 'superseded_by' = to_jsonb(NEW) - 'superseded_at' - 'superseded_by' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table % is append-only: % refused; record a new version instead', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$
"""

# The time and the transaction of a look are never the writer's to choose.
LOOK = """
CREATE FUNCTION subject_stamp_look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.xact := pg_current_xact_id();
    NEW.at := clock_timestamp();
    IF btrim(NEW.purpose) = '' THEN
        RAISE EXCEPTION 'a look states its purpose' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.fence <> '' AND NEW.role <> 'loader' AND NOT EXISTS (
        SELECT FROM subject_fence f WHERE f.district_id = NEW.district_id AND f.fence = NEW.fence
          AND (f.roles = '[]' OR f.roles ? NEW.role) AND (f.programmes = '[]' OR f.programmes ? NEW.programme)) THEN
        RAISE EXCEPTION 'fence % is closed to role % in programme %', NEW.fence, NEW.role, NEW.programme
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""


# The time too: looks that were restored from a backup have numbers of transactions of another cluster.
THIS = "l.xact = pg_current_xact_id_if_assigned() AND l.at >= now()"


def _open(table: str) -> str:
    """The condition that a row stands behind no fence, or behind one that this transaction has a look at on record."""
    return f"{here()} AND (fence = '' OR EXISTS (SELECT FROM subject_look l WHERE {THIS} AND l.fence = {table}.fence))"


SEALED = f"{here()} AND EXISTS (SELECT FROM subject_look l WHERE {THIS} AND l.sealed_id = subject_sealed.id)"


class Migration(migrations.Migration):
    """Guards of the tables of subjects."""

    dependencies = [("subjects", "0001_initial"), ("registers", "0002_fences"), ("ledger", "0002_guards")]

    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE subject_look ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id()",
                "CREATE INDEX subject_look_xact ON subject_look (xact)",
            ],
            [
                "ALTER TABLE subject_look DROP COLUMN xact",
            ],
        ),
        append_only("subject_change", "subject_found", "subject_fence", "subject_look"),
        district_policy("subject_change"),
        district_policy("subject_fence"),
        district_policy("subject_look"),
        for_application_role(
            [
                SUPERSEDE,
                LOOK,
                "REVOKE UPDATE, DELETE, TRUNCATE ON subject_version FROM {role}",
                "GRANT UPDATE (superseded_at, superseded_by) ON subject_version TO {role}",
                "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON subject_version "
                "FOR EACH ROW EXECUTE FUNCTION subject_only_supersede()",
                "CREATE TRIGGER stamp BEFORE INSERT ON subject_look FOR EACH ROW EXECUTE FUNCTION subject_stamp_look()",
                "REVOKE UPDATE, TRUNCATE ON subject_sealed FROM {role}",
                *(
                    statement
                    for table in ("subject_version", "subject_found")
                    for statement in (
                        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                        f"CREATE POLICY fenced ON {table} USING ({_open(table)}) WITH CHECK ({here()})",
                    )
                ),
                "ALTER TABLE subject_sealed ENABLE ROW LEVEL SECURITY",
                f"CREATE POLICY seal ON subject_sealed FOR INSERT WITH CHECK ({here()})",
                f"CREATE POLICY logged_read ON subject_sealed FOR SELECT USING ({SEALED})",
                f"CREATE POLICY logged_erasure ON subject_sealed FOR DELETE USING ({SEALED})",
            ],
            [
                "DROP POLICY logged_erasure ON subject_sealed",
                "DROP POLICY logged_read ON subject_sealed",
                "DROP POLICY seal ON subject_sealed",
                "ALTER TABLE subject_sealed DISABLE ROW LEVEL SECURITY",
                *(
                    statement
                    for table in ("subject_found", "subject_version")
                    for statement in (
                        f"DROP POLICY fenced ON {table}",
                        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
                    )
                ),
                "GRANT UPDATE ON subject_sealed TO {role}",
                "DROP TRIGGER stamp ON subject_look",
                "DROP TRIGGER append_only ON subject_version",
                "GRANT UPDATE, DELETE ON subject_version TO {role}",
                "DROP FUNCTION subject_stamp_look()",
                "DROP FUNCTION subject_only_supersede()",
            ],
        ),
    ]
