"""Lists of grants and their lines, fenced by district."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy


def _id() -> "models.UUIDField[uuid.UUID, uuid.UUID]":
    return models.UUIDField(default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="GrantListRow",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("key", models.CharField(max_length=80)),
                ("policy", models.CharField(max_length=64)),
                ("edition", models.CharField(max_length=32)),
                ("period", models.CharField(max_length=8)),
                ("day", models.DateField()),
                ("frozen_at", models.DateTimeField()),
                ("frozen_by", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("published_at", models.DateTimeField(null=True)),
                ("notice_ends", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("paid_by", models.CharField(blank=True, default="", max_length=64)),
            ],
            options={
                "db_table": "entitlement_list",
                "constraints": [
                    models.UniqueConstraint(fields=("district_id", "key"), name="entitlement_list_key")
                ],
                "indexes": [
                    models.Index(fields=["district_id", "policy", "period"], name="entitlement_list_policy")
                ],
            },
        ),
        migrations.CreateModel(
            name="GrantRow",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("key", models.CharField(max_length=128)),
                ("amount", models.BigIntegerField()),
                ("alternative", models.CharField(max_length=64)),
                ("state", models.CharField(default="listed", max_length=12)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rows",
                        to="entitlements.grantlistrow",
                    ),
                ),
            ],
            options={
                "db_table": "entitlement_row",
                "constraints": [
                    models.UniqueConstraint(fields=("list", "key"), name="entitlement_row_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="entitlement_row_amount"),
                ],
                "indexes": [models.Index(fields=["district_id", "key"], name="entitlement_row_key")],
            },
        ),
        district_policy("entitlement_list"),
        district_policy("entitlement_row"),
    ]  # fmt: skip
