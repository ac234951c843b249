"""Orders: append-only, fenced by district."""

from django.db import migrations, models

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

TABLES = ("documents_order", "documents_order_to", "documents_order_event")


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0005_versions"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("order_id", models.UUIDField()),
                ("kind", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=80)),
                ("addressee", models.CharField(blank=True, default="", max_length=120)),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "documents_order_event",
                "indexes": [models.Index(fields=["order_id", "at", "id"], name="documents_order_course")],
                "constraints": [
                    models.UniqueConstraint(fields=("order_id", "kind", "addressee"), name="documents_order_event_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("order", models.CharField(db_column="name", max_length=64)),
                ("edition", models.CharField(max_length=16)),
                ("programme", models.CharField(max_length=64)),
                ("lane", models.CharField(max_length=64)),
                ("priority", models.SmallIntegerField()),
                ("key", models.CharField(max_length=120)),
                ("facts", models.JSONField()),
                ("texts", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "documents_order",
                "indexes": [models.Index(fields=["district_id", "lane", "made_at"], name="documents_order_lane")],
                "constraints": [models.UniqueConstraint(fields=("district_id", "key"), name="documents_order_once")],
            },
        ),
        migrations.CreateModel(
            name="OrderTo",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "order_id", "addressee", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("order_id", models.UUIDField()),
                ("addressee", models.CharField(max_length=120)),
                ("district_id", models.CharField(max_length=12)),
            ],
            options={
                "db_table": "documents_order_to",
                "indexes": [models.Index(fields=["district_id", "addressee"], name="documents_order_at")],
            },
        ),
        *[district_policy(table) for table in TABLES],
        append_only(*TABLES),
    ]
