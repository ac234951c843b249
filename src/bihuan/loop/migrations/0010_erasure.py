"""Requests to erase the personal content of a case: who asked, who decided, what went."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loop", "0009_search")]
    operations = [
        migrations.CreateModel(
            name="ErasureRow",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("case_id", models.UUIDField()),
                ("ground", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=500)),
                ("asked_by", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=64, null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(max_length=16, null=True)),
                ("erased", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "loop_erasure",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", None)), fields=("case_id",), name="loop_erasure_one_waits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decided_by", None)) | ~models.Q(("decided_by", models.F("asked_by"))),
                        name="loop_erasure_two_people",
                    ),
                ],
                "indexes": [models.Index(fields=["district_id", "asked_at"], name="loop_erasure_asked")],
            },
        ),
    ]
