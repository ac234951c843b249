"""Versions of subjects, what they are found by, sealed fields, changes, fences and looks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Fence",
            fields=[
                ("id", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("fence", models.CharField(max_length=80)),
                ("roles", models.JSONField()),
                ("programmes", models.JSONField()),
                ("declared_at", models.DateTimeField()),
            ],
            options={
                "db_table": "subject_fence",
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("fence", models.CharField(blank=True, default="", max_length=80)),
                ("sealed_id", models.UUIDField(null=True)),
                ("role", models.CharField(max_length=64)),
                ("programme", models.CharField(blank=True, default="", max_length=64)),
                ("actor", models.CharField(max_length=80)),
                ("purpose", models.CharField(max_length=400)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "subject_look",
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("type", models.CharField(max_length=80)),
                ("edition", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=16)),
                ("actor", models.CharField(max_length=80)),
                ("source", models.CharField(max_length=200)),
                ("reason", models.CharField(blank=True, default="", max_length=400)),
                ("recorded_at", models.DateTimeField()),
                ("counts", models.JSONField()),
                ("file_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("root", models.BinaryField()),
                ("statement_id", models.UUIDField()),
            ],
            options={
                "db_table": "subject_change",
                "indexes": [models.Index(fields=["district_id", "type", "recorded_at"], name="subject_change_type")],
            },
        ),
        migrations.CreateModel(
            name="Found",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("type", models.CharField(max_length=80)),
                ("field", models.CharField(max_length=64)),
                ("value", models.CharField(db_collation="C", max_length=200)),
                ("key", models.CharField(db_collation="C", max_length=420)),
                ("version_id", models.BigIntegerField()),
                ("fence", models.CharField(blank=True, default="", max_length=80)),
            ],
            options={
                "db_table": "subject_found",
                "indexes": [
                    models.Index(
                        fields=["district_id", "type", "field", "value", "key"],
                        include=("version_id", "fence"),
                        name="subject_found_value",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sealed",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("type", models.CharField(max_length=80)),
                ("key", models.CharField(max_length=420)),
                ("fence", models.CharField(blank=True, default="", max_length=80)),
                ("key_id", models.CharField(max_length=16)),
                ("ciphertext", models.BinaryField()),
            ],
            options={
                "db_table": "subject_sealed",
                "indexes": [models.Index(fields=["district_id", "type", "key"], name="subject_sealed_key")],
            },
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("type", models.CharField(max_length=80)),
                ("key", models.CharField(db_collation="C", max_length=420)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("superseded_at", models.DateTimeField(null=True)),
                ("superseded_by", models.UUIDField(null=True)),
                ("change_id", models.UUIDField()),
                ("fence", models.CharField(blank=True, default="", max_length=80)),
                ("values", models.JSONField()),
                ("origin", models.JSONField(null=True)),
                ("sealed_id", models.UUIDField(null=True)),
                ("sealed_digest", models.CharField(blank=True, default="", max_length=64)),
                ("salt", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "db_table": "subject_version",
                "indexes": [
                    models.Index(
                        condition=models.Q(("superseded_at__isnull", False)),
                        fields=["district_id", "type", "key", "valid_from"],
                        include=("valid_to", "recorded_at", "superseded_at", "fence"),
                        name="subject_version_past",
                    ),
                    models.Index(fields=["change_id", "id"], name="subject_version_change"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at", None)),
                        fields=("district_id", "type", "key", "valid_from"),
                        include=("valid_to", "recorded_at", "fence"),
                        name="subject_version_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="subject_version_days",
                    ),
                ],
            },
        ),
    ]
