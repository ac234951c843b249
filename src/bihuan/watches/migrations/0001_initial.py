"""Incidents, their events, runs and silences of watches."""

from django.db import migrations, models

import bihuan.registers.pure.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="IncidentRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("watch", models.CharField(max_length=80)),
                ("programme", models.CharField(max_length=64)),
                ("type", models.CharField(max_length=80)),
                ("subject", models.CharField(db_collation="C", max_length=420)),
                ("part", models.CharField(blank=True, db_collation="C", default="", max_length=240)),
                ("incident", models.CharField(blank=True, default="", max_length=120)),
                ("current", models.CharField(blank=True, default="", max_length=120)),
                ("opened_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_how", models.CharField(blank=True, default="", max_length=12)),
                ("case_id", models.UUIDField(null=True)),
                ("refused", models.CharField(blank=True, default="", max_length=64)),
                ("reminded", models.CharField(blank=True, default="", max_length=80)),
                ("facts", models.JSONField()),
            ],
            options={
                "db_table": "watch_incident",
                "indexes": [
                    models.Index(
                        condition=models.Q(("case_id__isnull", False)), fields=["case_id"], name="watch_incident_case"
                    ),
                    models.Index(fields=["district_id", "type", "subject"], name="watch_incident_subject"),
                    models.Index(fields=["district_id", "watch", "opened_at", "id"], name="watch_incident_opened"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "watch", "subject", "part", "incident"), name="watch_incident_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("district_id", "watch", "subject", "part"),
                        name="watch_incident_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
                ("counts", models.JSONField()),
                ("problems", models.JSONField(default=list)),
                ("statement_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "watch_run",
                "indexes": [models.Index(fields=["district_id", "made_at"], name="watch_run_made")],
            },
        ),
        migrations.CreateModel(
            name="SilenceRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("watch", models.CharField(max_length=80)),
                ("subject", models.CharField(blank=True, db_collation="C", default="", max_length=420)),
                ("first_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=400)),
                ("made_by", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                ("lifted_by", models.CharField(blank=True, default="", max_length=80)),
            ],
            options={
                "db_table": "watch_silence",
                "indexes": [models.Index(fields=["district_id", "watch", "until"], name="watch_silence_watch")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("first_at"))), name="watch_silence_ends"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WatchEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("incident_id", models.UUIDField()),
                ("kind", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("run", models.UUIDField()),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "watch_event",
                "indexes": [models.Index(fields=["incident_id", "id"], name="watch_event_incident")],
            },
        ),
    ]
