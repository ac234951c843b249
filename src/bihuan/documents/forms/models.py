"""Tables of forms: drafts that resume, uploads that wait, submissions (append-only), and what they sealed."""

from __future__ import annotations

from django.db import models

from bihuan.registers.pure.ids import new_id


class DraftRow(models.Model):
    """A form that was begun: sealed, found again by the keyed hash of its code, gone when its time is over."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    form = models.CharField(max_length=64)
    edition = models.CharField(max_length=64)
    code_hash = models.BinaryField(unique=True)
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=32)
    saved_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        app_label = "documents"
        db_table = "form_draft"
        indexes = [models.Index(fields=["until"], name="form_draft_until")]


class UploadRow(models.Model):
    """An upload that belongs to no submission yet; its id is that of the stored file (`loop_media`)."""

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    form = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    until = models.DateTimeField()

    class Meta:
        app_label = "documents"
        db_table = "form_upload"
        indexes = [models.Index(fields=["until"], name="form_upload_until")]


class SubmissionRow(models.Model):
    """One sent form. `said`: fields declared open; `hash` commits to everything, `digest` tells a repetition."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    form = models.CharField(max_length=64)
    edition = models.CharField(max_length=64)
    declared = models.CharField(max_length=16)
    programme = models.CharField(max_length=64)
    key = models.CharField(max_length=120)
    digest = models.BinaryField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    language = models.CharField(max_length=8)
    said = models.JSONField(default=dict)
    taken = models.JSONField(default=dict)
    hash = models.BinaryField()
    case_id = models.UUIDField(null=True)
    number = models.CharField(max_length=32, default="", blank=True)
    statement_id = models.UUIDField()

    class Meta:
        app_label = "documents"
        db_table = "form_submission"
        constraints = [models.UniqueConstraint(fields=["district_id", "key"], name="form_submission_once")]
        indexes = [
            models.Index(fields=["district_id", "form", "-at"], name="form_submission_recent"),
            models.Index(fields=["case_id"], name="form_submission_case"),
        ]


class ContentRow(models.Model):
    """Everything that a submission said, sealed; its id is the submission's. It goes with its case or its time."""

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    key_id = models.CharField(max_length=32)
    sealed = models.BinaryField()
    until = models.DateField()

    class Meta:
        app_label = "documents"
        db_table = "form_content"
        indexes = [models.Index(fields=["until"], name="form_content_until")]
