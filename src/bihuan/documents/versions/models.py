"""Tables of texts in versions: both append-only. Lapsing is not marked; it follows from the newest hash."""

from __future__ import annotations

from django.db import models

from bihuan.registers.pure.ids import new_id


class VersionRow(models.Model):
    """One version of a text. `clauses`: number, start, end, sha256, under of each, as they were found then."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    document = models.CharField(max_length=120)
    number = models.IntegerField()
    title = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    text = models.TextField()
    clauses = models.JSONField()
    in_force = models.DateField(null=True)
    source = models.CharField(max_length=200)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    statement_id = models.UUIDField()

    class Meta:
        app_label = "documents"
        db_table = "document_version"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "document", "number"], name="document_version_once")
        ]


class ConclusionRow(models.Model):
    """What somebody concluded about clauses of one text. `spans`: number, start, end, sha256 of each clause."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    document = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    spans = models.JSONField()
    kind = models.CharField(max_length=64)
    verdict = models.CharField(max_length=64)
    reason = models.CharField(max_length=2000)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    statement_id = models.UUIDField()

    class Meta:
        app_label = "documents"
        db_table = "document_conclusion"
        indexes = [models.Index(fields=["district_id", "document", "at"], name="document_conclusion_of")]
