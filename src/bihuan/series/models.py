"""The tables of the room. Observations are appended by COPY (`store.writing`), never through a model."""

from __future__ import annotations

from django.db import models


class SeriesMeaning(models.Model):
    """In which unit and with how many digits a district's values of a series are kept; never changed afterwards."""

    pk = models.CompositePrimaryKey("district_id", "series")
    district_id = models.CharField(max_length=12)
    series = models.CharField(max_length=80)
    unit = models.CharField(max_length=40)
    decimals = models.SmallIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "series_meaning"


class SeriesLine(models.Model):
    """A series of one subject, and its newest value (kept so that thousands of them are read at once)."""

    id = models.AutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    series = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    latest_at = models.DateTimeField(null=True)
    latest_value = models.BigIntegerField(null=True)
    latest_flag = models.CharField(max_length=1, default="")
    latest_arrived = models.DateTimeField(null=True)
    latest_batch = models.IntegerField(null=True)

    class Meta:
        db_table = "series_line"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "series", "subject"], name="series_line_of_subject")
        ]


class ObservationBatch(models.Model):
    """One vintage: what was stored together, with the root over its rows that a statement of the log names."""

    id = models.AutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    series = models.CharField(max_length=80)
    source = models.CharField(max_length=80)
    actor = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    rows = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    root = models.BinaryField()
    statement_id = models.UUIDField()

    class Meta:
        db_table = "series_batch"
        indexes = [models.Index(fields=["district_id", "series", "id"], name="series_batch_of_series")]


class Observation(models.Model):
    """One value as it arrived; the table is partitioned by the month (UTC) in which its time begins.

    `value`: whole number of the last digit, null when missing; `inputs`, `version`: of a derived value, how many values
    it was worked out from and the newest batch among them.
    """

    pk = models.CompositePrimaryKey("line", "at", "arrived", "batch")
    at = models.DateTimeField()
    arrived = models.DateTimeField()
    value = models.BigIntegerField(null=True)
    line = models.IntegerField()
    batch = models.IntegerField()
    inputs = models.IntegerField(null=True)
    version = models.IntegerField(null=True)
    flag = models.CharField(max_length=1)

    class Meta:
        db_table = "series_observation"


class TouchedSpan(models.Model):
    """A span of a line of which derived values and incidents are still to be worked out."""

    id = models.BigAutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    line = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    batch = models.IntegerField()

    class Meta:
        db_table = "series_touched"
        indexes = [models.Index(fields=["district_id", "line"], name="series_touched_line")]


class AlarmCheckpoint(models.Model):
    """The state of a rule before a day's first value, so that a late value is followed from there and no earlier."""

    pk = models.CompositePrimaryKey("line", "rule", "at")
    district_id = models.CharField(max_length=12)
    line = models.IntegerField()
    rule = models.CharField(max_length=60)
    at = models.DateTimeField()
    rule_digest = models.CharField(max_length=16)
    state = models.JSONField()

    class Meta:
        db_table = "series_checkpoint"


class IncidentEvent(models.Model):
    """What became known of an incident: opened, changed, closed, retracted. The last one of an incident holds."""

    id = models.BigAutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    line = models.IntegerField()
    rule = models.CharField(max_length=60)
    opened_at = models.DateTimeField()
    kind = models.CharField(max_length=12)
    closed_at = models.DateTimeField(null=True)
    peak = models.BigIntegerField(null=True)
    values = models.IntegerField()
    cited = models.CharField(max_length=200, default="")
    batch = models.IntegerField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "series_incident"
        indexes = [models.Index(fields=["line", "rule", "opened_at", "id"], name="series_incident_line")]


class ClosedPeriod(models.Model):
    """A month of a series as it was closed (`sequence` 0) and restated afterwards."""

    id = models.BigAutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    series = models.CharField(max_length=80)
    period = models.CharField(max_length=7)
    sequence = models.IntegerField()
    vintage = models.IntegerField()
    values = models.IntegerField()
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=200, default="")
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    statement_id = models.UUIDField()

    class Meta:
        db_table = "series_closed"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "series", "period", "sequence"], name="series_closed_sequence"
            )
        ]
