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


class MailLeft(models.Model):
    """A mail that did not become words of a case, or not all of it: nothing a person sent vanishes without a line here.

    The mail itself is sealed like an identity and kept until `retention_until`; who opens it is logged with `identity`.
    `outcome`: `automatic`, `refused`, `broken` (nothing was taken) or `partly` (taken; `reasons` say what was not).
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)  # of the whole mail: the same mail is listed once
    size = models.BigIntegerField()
    received_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # what its sender says: a remark, nothing is counted from it
    outcome = models.CharField(max_length=16)
    reasons = models.JSONField(default=list)  # [{"code": …, "detail": …}], never personal
    case_id = models.UUIDField(null=True)
    identity = models.UUIDField()
    content = models.BinaryField(null=True)
    key_id = models.CharField(max_length=16)
    retention_until = models.DateField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=80, null=True)
    settled_as = models.CharField(max_length=16, null=True)  # `taken`, `dismissed`

    class Meta:
        db_table = "intake_mail_left"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "digest"], name="intake_mail_left_once", condition=~models.Q(digest="")
            )
        ]
        indexes = [
            models.Index(
                fields=["district_id", "received_at"], condition=models.Q(settled_at=None), name="intake_mail_waiting"
            )
        ]


class Source(models.Model):
    """The name under which another system numbers its reports, and the caller it belongs to."""

    pk = models.CompositePrimaryKey("district_id", "name")
    district_id = models.CharField(max_length=12)
    name = models.CharField(max_length=64)
    owner = models.CharField(max_length=80)
    bound_at = models.DateTimeField()

    class Meta:
        db_table = "intake_source"
