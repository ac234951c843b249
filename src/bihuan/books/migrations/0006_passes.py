"""Passes and how each was used up, once."""

from django.db import migrations, models

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

TABLES = ("book_pass", "book_pass_end")


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0005_reconciliations"),
    ]

    operations = [
        migrations.CreateModel(
            name="PassEndRow",
            fields=[
                ("pass_id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("how", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "book_pass_end",
            },
        ),
        migrations.CreateModel(
            name="PassRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("book", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=120)),
                ("subject", models.CharField(max_length=120)),
                ("amount", models.BigIntegerField()),
                ("code_index", models.BinaryField()),
                ("identity_id", models.UUIDField(null=True)),
                ("made_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "book_pass",
                "indexes": [models.Index(fields=["district_id", "book", "subject"], name="book_pass_subject")],
                "constraints": [
                    models.UniqueConstraint(fields=("district_id", "book", "key"), name="book_pass_once"),
                    models.UniqueConstraint(fields=("district_id", "code_index"), name="book_pass_code"),
                ],
            },
        ),
        *[district_policy(table) for table in TABLES],
        append_only(*TABLES),
    ]
