"""A narrow row for each case in the queue of each unit involved, kept by a trigger (ADR 0233)."""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy

# A statement of many cases is followed by one statement; the transition tables hold what it wrote.
FOLLOW = """
CREATE OR REPLACE FUNCTION loop_follow_units() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM loop_unit_queue q USING old_cases o JOIN new_cases n ON n.id = o.id
        WHERE o.involved <> n.involved AND q.case_id = n.id AND NOT q.unit = ANY (n.involved);
    END IF;
    INSERT INTO loop_unit_queue AS q
        (case_id, unit, district_id, held_by, person, deadline, opened_at, ended_at, restricted)
    SELECT n.id, u, n.district_id, CASE n.holder_kind WHEN 'unit' THEN n.holder_id END,
           CASE n.holder_kind WHEN 'unit' THEN n.holder_person END, n.deadline, n.opened_at, n.ended_at, n.restricted
    FROM new_cases n CROSS JOIN LATERAL unnest(n.involved) u
    ON CONFLICT (case_id, unit) DO UPDATE SET held_by = excluded.held_by, person = excluded.person,
        deadline = excluded.deadline, ended_at = excluded.ended_at, restricted = excluded.restricted
    WHERE (q.held_by, q.person, q.deadline, q.ended_at, q.restricted)
        IS DISTINCT FROM (excluded.held_by, excluded.person, excluded.deadline, excluded.ended_at, excluded.restricted);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER follow_new AFTER INSERT ON loop_case REFERENCING NEW TABLE AS new_cases
    FOR EACH STATEMENT EXECUTE FUNCTION loop_follow_units();
CREATE OR REPLACE TRIGGER follow_changed AFTER UPDATE ON loop_case
    REFERENCING OLD TABLE AS old_cases NEW TABLE AS new_cases
    FOR EACH STATEMENT EXECUTE FUNCTION loop_follow_units();
"""
UNFOLLOW = """
DROP TRIGGER follow_new ON loop_case;
DROP TRIGGER follow_changed ON loop_case;
DROP FUNCTION loop_follow_units();
"""


class Migration(migrations.Migration):
    """Takes its locks for a moment; what stood before is filled in by the next migration, beside the work."""

    dependencies = [("loop", "0015_keyed_codes")]

    operations = [
        migrations.CreateModel(
            name="UnitQueueRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_id", "unit", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("case_id", models.UUIDField()),
                ("unit", models.CharField(max_length=64)),
                ("district_id", models.CharField(max_length=12)),
                ("held_by", models.CharField(max_length=64, null=True)),
                ("person", models.CharField(max_length=64, null=True)),
                ("deadline", models.DateTimeField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("restricted", models.CharField(max_length=32, null=True)),
            ],
            options={"db_table": "loop_unit_queue"},
        ),
        district_policy("loop_unit_queue"),
        migrations.RunSQL(FOLLOW, UNFOLLOW),
    ]
