"""Changes by hand: asked for, decided once, fenced by district."""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy
from bihuan.server.roles import for_application_role

# Nothing of a decided revision changes, and of an open one only the decision.
ONCE = """
CREATE FUNCTION subject_decide_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided text[] := ARRAY['decision', 'decided_by', 'decided_at', 'why', 'content', 'key_id', 'change_id'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.decision = '' AND NEW.decision <> '' AND NEW.decided_by <> ''
       AND (NEW.decision <> 'refused' OR NEW.decided_by <> OLD.proposed_by)
       AND to_jsonb(OLD) - decided = to_jsonb(NEW) - decided THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table % is decided once: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$
"""


class Migration(migrations.Migration):
    """The table of revisions."""

    dependencies = [("subjects", "0003_retention")]

    operations = [
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("type", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=8)),
                ("key", models.CharField(blank=True, default="", max_length=420)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("base", models.BigIntegerField(null=True)),
                ("key_id", models.CharField(blank=True, default="", max_length=16)),
                ("content", models.BinaryField(null=True)),
                ("counts", models.JSONField()),
                ("reason", models.CharField(max_length=400)),
                ("proposed_by", models.CharField(max_length=80)),
                ("proposed_at", models.DateTimeField()),
                ("decision", models.CharField(blank=True, default="", max_length=12)),
                ("decided_by", models.CharField(blank=True, default="", max_length=80)),
                ("decided_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, default="", max_length=400)),
                ("change_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "subject_revision",
                "indexes": [models.Index(fields=["district_id", "-proposed_at", "id"], name="subject_revision_new")],
            },
        ),
        district_policy("subject_revision"),
        for_application_role(
            [
                ONCE,
                "CREATE TRIGGER decide_once BEFORE UPDATE OR DELETE ON subject_revision FOR EACH ROW "
                "EXECUTE FUNCTION subject_decide_once()",
                "REVOKE DELETE, TRUNCATE ON subject_revision FROM {role}",
            ],
            ["DROP TRIGGER decide_once ON subject_revision", "DROP FUNCTION subject_decide_once()"],
        ),
    ]
