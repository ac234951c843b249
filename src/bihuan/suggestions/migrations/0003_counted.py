"""What became of a month's suggestions, as the worker last counted it."""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy


class Migration(migrations.Migration):
    """Not in one transaction: a large index is made while cases come in."""

    atomic = False
    dependencies = [("suggestions", "0002_beside_the_loop")]

    operations = [
        migrations.CreateModel(
            name="CountedMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "district_id", "month", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("month", models.CharField(max_length=7)),
                ("lines", models.JSONField()),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "suggestions_counted"},
        ),
        district_policy("suggestions_counted"),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY IF NOT EXISTS suggestions_answered"
                    " ON suggestions_suggestion (district_id, answered_at)",
                    "DROP INDEX IF EXISTS suggestions_answered",
                )
            ],
            [
                migrations.AddIndex(
                    model_name="suggestion",
                    index=models.Index(fields=["district_id", "answered_at"], name="suggestions_answered"),
                )
            ],
        ),
    ]
