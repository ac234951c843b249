"""Tables of forms; submissions are append-only, every table is fenced by district."""

from django.db import migrations, models

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

FENCED = ("form_draft", "form_upload", "form_submission", "form_content")


class Migration(migrations.Migration):
    dependencies = [("documents", "0003_addressees"), ("registers", "0002_fences"), ("ledger", "0002_guards")]

    operations = [
        migrations.CreateModel(
            name="ContentRow",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("key_id", models.CharField(max_length=32)),
                ("sealed", models.BinaryField()),
                ("until", models.DateField()),
            ],
            options={
                "db_table": "form_content",
                "indexes": [models.Index(fields=["until"], name="form_content_until")],
            },
        ),
        migrations.CreateModel(
            name="DraftRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("form", models.CharField(max_length=64)),
                ("edition", models.CharField(max_length=64)),
                ("code_hash", models.BinaryField(unique=True)),
                ("sealed", models.BinaryField()),
                ("key_id", models.CharField(max_length=32)),
                ("saved_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "db_table": "form_draft",
                "indexes": [models.Index(fields=["until"], name="form_draft_until")],
            },
        ),
        migrations.CreateModel(
            name="SubmissionRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("form", models.CharField(max_length=64)),
                ("edition", models.CharField(max_length=64)),
                ("declared", models.CharField(max_length=16)),
                ("programme", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=120)),
                ("digest", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=80)),
                ("language", models.CharField(max_length=8)),
                ("said", models.JSONField(default=dict)),
                ("taken", models.JSONField(default=dict)),
                ("hash", models.BinaryField()),
                ("case_id", models.UUIDField(null=True)),
                ("number", models.CharField(blank=True, default="", max_length=32)),
                ("statement_id", models.UUIDField()),
            ],
            options={
                "db_table": "form_submission",
                "indexes": [
                    models.Index(fields=["district_id", "form", "-at"], name="form_submission_recent"),
                    models.Index(fields=["case_id"], name="form_submission_case"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("district_id", "key"), name="form_submission_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="UploadRow",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("form", models.CharField(max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                ("until", models.DateTimeField()),
            ],
            options={
                "db_table": "form_upload",
                "indexes": [models.Index(fields=["until"], name="form_upload_until")],
            },
        ),
        *[district_policy(table) for table in FENCED],
        append_only("form_submission"),
    ]
