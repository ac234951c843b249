"""Open cases counted by everything a right may ask of them, so that whoever sees a part reads what was counted."""

from django.db import migrations, models

from bihuan.registers.isolation import district_policy

FORMER = "(district_id, state, programme, restricted, history, deadline) WHERE ended_at IS NULL"
NOW = "(district_id, state, programme, area, restricted, history, deadline) INCLUDE (holder_id) WHERE ended_at IS NULL"


class Migration(migrations.Migration):
    """Not in one transaction: a large index is made while cases come in."""

    atomic = False
    dependencies = [("indicators", "0004_figures")]

    operations = [
        migrations.CreateModel(
            name="KeptStock",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("state", models.CharField(max_length=32)),
                ("programme", models.CharField(max_length=64)),
                ("area", models.CharField(max_length=64, null=True)),
                ("restricted", models.CharField(max_length=32, null=True)),
                ("holder_id", models.CharField(max_length=64, null=True)),
                ("history", models.BooleanField()),
                ("open", models.IntegerField()),
                ("late", models.IntegerField()),
            ],
            options={"db_table": "number_stock"},
        ),
        district_policy("number_stock"),
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS loop_case_stocked ON loop_case {NOW}",
            "DROP INDEX IF EXISTS loop_case_stocked",
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS loop_case_stock",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS loop_case_stock ON loop_case {FORMER}",
        ),
    ]
