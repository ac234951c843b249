"""A notice is about a case, or about what stands without one: a watch's incident, an order. And it may be over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """What a notice is about, whose programme's it is, and since when it no longer holds."""

    dependencies = [("notices", "0003_looked_up")]
    operations = [
        migrations.AlterField("notice", "case_id", models.UUIDField(null=True)),
        migrations.AddField(
            "notice", "source", models.CharField(default="case", db_default="case", max_length=16)
        ),
        migrations.AddField("notice", "source_id", models.UUIDField(null=True)),
        migrations.AddField(
            "notice", "programme", models.CharField(blank=True, default="", db_default="", max_length=64)
        ),
        migrations.AddField("notice", "over_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "notice",
            models.Index(
                fields=["source_id"], name="notices_source", condition=models.Q(source_id__isnull=False)
            ),
        ),
        migrations.AddConstraint(
            "notice",
            models.CheckConstraint(
                condition=models.Q(source="case", case_id__isnull=False)
                | (~models.Q(source="case") & models.Q(source_id__isnull=False)),
                name="notices_about",
            ),
        ),
    ]  # fmt: skip
