"""Texts in versions and conclusions about them: append-only, fenced by district."""

from typing import Any

from django.db import migrations, models

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

TABLES = ("document_version", "document_conclusion")


def _id() -> Any:
    return models.UUIDField(default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_forms")]

    operations = [
        migrations.CreateModel(
            name="ConclusionRow",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("document", models.CharField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("spans", models.JSONField()),
                ("kind", models.CharField(max_length=64)),
                ("verdict", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=2000)),
                ("actor", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("statement_id", models.UUIDField()),
            ],
            options={
                "db_table": "document_conclusion",
                "indexes": [models.Index(fields=["district_id", "document", "at"], name="document_conclusion_of")],
            },
        ),
        migrations.CreateModel(
            name="VersionRow",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("document", models.CharField(max_length=120)),
                ("number", models.IntegerField()),
                ("title", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("text", models.TextField()),
                ("clauses", models.JSONField()),
                ("in_force", models.DateField(null=True)),
                ("source", models.CharField(max_length=200)),
                ("actor", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("statement_id", models.UUIDField()),
            ],
            options={
                "db_table": "document_version",
                "constraints": [
                    models.UniqueConstraint(fields=("district_id", "document", "number"), name="document_version_once"),
                ],
            },
        ),
        *[district_policy(table) for table in TABLES],
        append_only(*TABLES),
    ]
