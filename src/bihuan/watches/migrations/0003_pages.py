"""Published pages that watches keep an eye on."""

from django.db import migrations, models

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy


class Migration(migrations.Migration):
    """One row a page, moved by each look at it."""

    dependencies = [("watches", "0002_guards")]
    operations = [
        migrations.CreateModel(
            name="PageRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("url", models.CharField(db_collation="C", max_length=800)),
                ("due_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(null=True)),
                ("said", models.CharField(blank=True, default="", max_length=24)),
                ("gone_since", models.DateTimeField(null=True)),
                ("failures", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "watch_page",
                "indexes": [models.Index(fields=["district_id", "due_at"], name="watch_page_due")],
                "constraints": [models.UniqueConstraint(fields=("district_id", "url"), name="watch_page_once")],
            },
        ),
        district_policy("watch_page"),
    ]
