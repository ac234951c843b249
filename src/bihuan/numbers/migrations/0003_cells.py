"""Kept numbers: cells, slices and cases of a period as far as the log was counted; a period may be any kind."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from bihuan.registers.isolation import district_policy


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptProgress",
            fields=[
                ("district_id", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("cut", models.BigIntegerField(default=0)),
                ("at", models.CharField(default="", max_length=40)),
                ("root", models.CharField(default="", max_length=64)),
                ("size", models.BigIntegerField(default=0)),
                ("as_of", models.DateTimeField(null=True)),
                ("figures", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "number_progress",
            },
        ),
        migrations.CreateModel(
            name="KeptSlice",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "period_id",
                        "by",
                        "indicator",
                        "programme",
                        "key",
                        "excluded",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("period_id", models.IntegerField()),
                ("by", models.CharField(max_length=12)),
                ("indicator", models.CharField(max_length=64)),
                ("programme", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=128)),
                ("excluded", models.CharField(max_length=64)),
                ("district_id", models.CharField(max_length=12)),
                ("numerator", models.IntegerField()),
                ("denominator", models.IntegerField()),
            ],
            options={
                "db_table": "number_slice",
            },
        ),
        migrations.AlterField(
            model_name="indicatorsnapshot",
            name="period",
            field=models.CharField(max_length=40),
        ),
        migrations.CreateModel(
            name="KeptCase",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_id", "period_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("case_id", models.UUIDField()),
                ("period_id", models.IntegerField()),
                ("district_id", models.CharField(max_length=12)),
                ("number", models.CharField(max_length=32)),
                ("open", models.BooleanField()),
                ("cells", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField())),
            ],
            options={
                "db_table": "number_case",
                "indexes": [
                    models.Index(fields=["period_id", "number"], name="number_case_number"),
                    django.contrib.postgres.indexes.GinIndex(fields=["cells"], name="number_case_cells"),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptCell",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("period_id", models.IntegerField()),
                ("indicator", models.CharField(max_length=64)),
                ("programme", models.CharField(max_length=64)),
                ("area", models.CharField(max_length=64)),
                ("unit", models.CharField(max_length=64)),
                ("category", models.CharField(max_length=128)),
                ("excluded", models.CharField(max_length=64)),
                ("counted", models.BooleanField()),
                ("n", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "number_cell",
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "period_id",
                            "indicator",
                            "programme",
                            "area",
                            "unit",
                            "category",
                            "excluded",
                            "counted",
                        ),
                        name="number_cell_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptPeriod",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("period", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=32)),
                ("sequence", models.PositiveIntegerField(null=True)),
                ("first", models.DateField()),
                ("after", models.DateField()),
                ("cut", models.BigIntegerField(null=True)),
                ("basis", models.JSONField()),
                ("basis_digest", models.CharField(max_length=64)),
                ("ready", models.BooleanField(default=False)),
                ("cursor", models.CharField(default="", max_length=32)),
            ],
            options={
                "db_table": "number_period",
                "indexes": [models.Index(fields=["district_id", "period"], name="number_period_name")],
            },
        ),
        # Not number_case: a fence is asked before an operator of arrays, which would leave its index unused. Its rows
        # are found by ids of cells, which are fenced.
        *(district_policy(table) for table in ("number_progress", "number_period", "number_cell", "number_slice")),
    ]
