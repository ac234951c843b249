"""What intake remembers beside the reports themselves (those are `loop_report`)."""

from django.db import models


class ImportRun(models.Model):
    """How far the import of one table of one file has come; written in the transaction of each batch.

    `rows` counts records consumed, so that an interrupted import goes on after the last committed batch.
    """

    district_id = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64)
    table = models.CharField(max_length=300)
    source = models.CharField(max_length=64)
    mapping = models.CharField(max_length=64)
    rows = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    merged = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    rejects_size = models.BigIntegerField(default=0)  # bytes of the rejects file that belong to counted rows
    started_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "intake_import"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "sha256", "table", "source", "mapping"], name="intake_import_once"
            )
        ]


class PendingMerge(models.Model):
    """An imported report that names the report it repeats; settled when the files have been read."""

    case_id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    source = models.CharField(max_length=64)
    parent_number = models.CharField(max_length=128)
    at = models.DateTimeField()
    result = models.TextField(default="")  # the closing words, erasable: gone once settled

    class Meta:
        db_table = "intake_pending_merge"


class Upward(models.Model):
    """How far the events of a city above have been reported to it: the last exported event per case."""

    case_id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    source = models.CharField(max_length=64)
    version = models.IntegerField()
    exported_at = models.DateTimeField()

    class Meta:
        db_table = "intake_upward"


class Surge(models.Model):
    """An alarm: many reports share a place and a kind within a window."""

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    category = models.CharField(max_length=128)
    area = models.CharField(max_length=16)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    reports = models.IntegerField()
    expected = models.CharField(max_length=32)  # decimal text: what the weeks before would have brought
    cases = models.JSONField()
    raised_at = models.DateTimeField()
    seen_by = models.CharField(max_length=64, null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "intake_surge"
        indexes = [models.Index(fields=["district_id", "raised_at"], name="intake_surge_recent")]
