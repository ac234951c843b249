"""Certificates: what was issued and its steps append-only, tokens emptied when erased, all fenced by district."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

TABLES = tuple(f"documents_certificate{each}" for each in ("", "_token", "_step", "_key", "_list"))


def _id() -> Any:
    return models.UUIDField(default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [("documents", "0006_orders")]

    operations = [
        migrations.CreateModel(
            name="CertificateRow",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("certificate", models.CharField(max_length=64)),
                ("edition", models.CharField(max_length=16)),
                ("programme", models.CharField(max_length=64)),
                ("occasion", models.CharField(max_length=160)),
                ("case_id", models.UUIDField(null=True)),
                ("subject", models.CharField(blank=True, default="", max_length=200)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("kid", models.CharField(max_length=64)),
                ("list_id", models.UUIDField()),
                ("place", models.IntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("code_index", models.BinaryField()),
                ("actor", models.CharField(max_length=80)),
            ],
            options={
                "db_table": "documents_certificate",
                "indexes": [
                    models.Index(
                        fields=["case_id"], name="documents_certificate_case", condition=Q(case_id__isnull=False)
                    ),
                    models.Index(fields=["district_id", "subject"], name="documents_certificate_of"),
                    models.Index(fields=["code_index"], name="documents_certificate_code"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "certificate", "occasion"), name="documents_certificate_once"
                    ),
                    models.UniqueConstraint(fields=("list_id", "place"), name="documents_certificate_place"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CertificateToken",
            fields=[
                ("certificate_id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("key_id", models.CharField(max_length=32)),
                ("sealed", models.BinaryField(null=True)),
            ],
            options={"db_table": "documents_certificate_token"},
        ),
        migrations.CreateModel(
            name="CertificateStep",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("certificate_id", models.UUIDField()),
                ("kind", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=80)),
                ("reason", models.CharField(max_length=200)),
            ],
            options={
                "db_table": "documents_certificate_step",
                "indexes": [models.Index(fields=["certificate_id", "id"], name="documents_certificate_steps")],
            },
        ),
        migrations.CreateModel(
            name="CertificateKey",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("kid", models.CharField(max_length=64)),
                ("jwk", models.JSONField()),
                ("key_id", models.CharField(max_length=32)),
                ("sealed", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "documents_certificate_key",
                "constraints": [
                    models.UniqueConstraint(fields=("district_id", "kid"), name="documents_certificate_kid"),
                    models.UniqueConstraint(
                        fields=("district_id",),
                        name="documents_certificate_signs",
                        condition=Q(retired_at__isnull=True),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CertificateList",
            fields=[
                ("id", _id()),
                ("district_id", models.CharField(max_length=12)),
                ("size", models.IntegerField()),
                ("bits", models.SmallIntegerField()),
                ("made_at", models.DateTimeField()),
            ],
            options={"db_table": "documents_certificate_list"},
        ),
        *[district_policy(table) for table in TABLES],
        append_only("documents_certificate", "documents_certificate_step"),
    ]
