"""What a background loop could not handle, one row each."""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy


class Migration(migrations.Migration):
    dependencies = [("loop", "0012_table_editions")]

    operations = [
        migrations.CreateModel(
            name="StuckRow",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("loop", models.CharField(max_length=32)),
                ("subject", models.CharField(max_length=64)),
                ("number", models.CharField(default="", max_length=64)),
                ("reason", models.CharField(max_length=300)),
                ("since", models.DateTimeField()),
                ("tried_at", models.DateTimeField()),
                ("retry_at", models.DateTimeField()),
                ("tries", models.IntegerField(default=1)),
            ],
            options={
                "db_table": "loop_stuck",
                "constraints": [
                    models.UniqueConstraint(fields=("district_id", "loop", "subject"), name="loop_stuck_subject")
                ],
            },
        ),
        district_policy("loop_stuck"),
    ]
