"""A case says which subject it is about: `TYPE/KEY`, in an index of its own."""

from django.db import migrations, models

from bihuan.server.indexing import AddLargeIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("loop", "0018_search_pairs")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE loop_case ADD COLUMN IF NOT EXISTS about varchar(200)",
            "ALTER TABLE loop_case DROP COLUMN about",
            state_operations=[migrations.AddField("caserow", "about", models.CharField(max_length=200, null=True))],
        ),
        AddLargeIndex(
            "caserow",
            models.Index(
                fields=["district_id", "about", "opened_at", "id"],
                include=["restricted", "state", "programme", "kind"],
                name="loop_case_about",
                condition=models.Q(about__isnull=False),
            ),
        ),
    ]
