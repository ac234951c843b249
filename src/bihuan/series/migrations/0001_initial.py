"""Lines, batches, spans, checkpoints, incidents and closed periods of series."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AlarmCheckpoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "line", "rule", "at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("line", models.IntegerField()),
                ("rule", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
                ("rule_digest", models.CharField(max_length=16)),
                ("state", models.JSONField()),
            ],
            options={
                "db_table": "series_checkpoint",
            },
        ),
        migrations.CreateModel(
            name="SeriesMeaning",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "district_id", "series", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("series", models.CharField(max_length=80)),
                ("unit", models.CharField(max_length=40)),
                ("decimals", models.SmallIntegerField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "db_table": "series_meaning",
            },
        ),
        migrations.CreateModel(
            name="ClosedPeriod",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("series", models.CharField(max_length=80)),
                ("period", models.CharField(max_length=7)),
                ("sequence", models.IntegerField()),
                ("vintage", models.IntegerField()),
                ("values", models.IntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("reason", models.CharField(default="", max_length=200)),
                ("made_by", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("statement_id", models.UUIDField()),
            ],
            options={
                "db_table": "series_closed",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "series", "period", "sequence"), name="series_closed_sequence"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("line", models.IntegerField()),
                ("rule", models.CharField(max_length=60)),
                ("opened_at", models.DateTimeField()),
                ("kind", models.CharField(max_length=12)),
                ("closed_at", models.DateTimeField(null=True)),
                ("peak", models.BigIntegerField(null=True)),
                ("values", models.IntegerField()),
                ("cited", models.CharField(default="", max_length=200)),
                ("batch", models.IntegerField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "series_incident",
                "indexes": [models.Index(fields=["line", "rule", "opened_at", "id"], name="series_incident_line")],
            },
        ),
        migrations.CreateModel(
            name="ObservationBatch",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("series", models.CharField(max_length=80)),
                ("source", models.CharField(max_length=80)),
                ("actor", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("rows", models.IntegerField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("root", models.BinaryField()),
                ("statement_id", models.UUIDField()),
            ],
            options={
                "db_table": "series_batch",
                "indexes": [models.Index(fields=["district_id", "series", "id"], name="series_batch_of_series")],
            },
        ),
        migrations.CreateModel(
            name="SeriesLine",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("series", models.CharField(max_length=80)),
                ("subject", models.CharField(max_length=120)),
                ("latest_at", models.DateTimeField(null=True)),
                ("latest_value", models.BigIntegerField(null=True)),
                ("latest_flag", models.CharField(default="", max_length=1)),
                ("latest_arrived", models.DateTimeField(null=True)),
                ("latest_batch", models.IntegerField(null=True)),
            ],
            options={
                "db_table": "series_line",
                "constraints": [
                    models.UniqueConstraint(fields=("district_id", "series", "subject"), name="series_line_of_subject")
                ],
            },
        ),
        migrations.CreateModel(
            name="TouchedSpan",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("line", models.IntegerField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("batch", models.IntegerField()),
            ],
            options={
                "db_table": "series_touched",
                "indexes": [models.Index(fields=["district_id", "line"], name="series_touched_line")],
            },
        ),
    ]
