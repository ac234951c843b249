"""Tables of the subjects: versions (append-only), what they are found by, sealed fields, changes, fences, looks.

Written and read by set-based SQL (`writing`, `asking`, `closures`); the models say what the tables are.
"""

from __future__ import annotations

from django.db import models


class Change(models.Model):
    """One act that wrote versions: a load, an edit, an effect of an event. It has one leaf in the log.

    `root` is the Merkle root of the hashes of its versions in the order of their ids; `statement_id` the statement of
    the ledger that holds it.
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    type = models.CharField(max_length=80)
    edition = models.CharField(max_length=80)
    kind = models.CharField(max_length=16)
    actor = models.CharField(max_length=80)
    source = models.CharField(max_length=200)
    reason = models.CharField(max_length=400, blank=True, default="")
    recorded_at = models.DateTimeField()
    counts = models.JSONField()
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    root = models.BinaryField()
    statement_id = models.UUIDField()

    class Meta:
        db_table = "subject_change"
        indexes = [models.Index(fields=["district_id", "type", "recorded_at"], name="subject_change_type")]


class Version(models.Model):
    """What holds of a subject on the days from `valid_from` until before `valid_to`, as known since `recorded_at`.

    `superseded_at` is set once, when something else becomes known of some of these days; nothing else ever changes.
    `origin` names the change behind a field that this version carries over (`*`: behind every other field); NULL: all
    of this version's own change.
    """

    id = models.BigAutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    type = models.CharField(max_length=80)
    key = models.CharField(max_length=420, db_collation="C")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    superseded_by = models.UUIDField(null=True)
    change_id = models.UUIDField()
    fence = models.CharField(max_length=80, blank=True, default="")
    values = models.JSONField()
    origin = models.JSONField(null=True)
    sealed_id = models.UUIDField(null=True)
    sealed_digest = models.CharField(max_length=64, blank=True, default="")
    salt = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        db_table = "subject_version"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "type", "key", "valid_from"],
                name="subject_version_known",
                condition=models.Q(superseded_at=None),
                include=["valid_to", "recorded_at", "fence"],
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="subject_version_days",
            ),
        ]
        indexes = [
            models.Index(
                fields=["district_id", "type", "key", "valid_from"],
                name="subject_version_past",
                condition=models.Q(superseded_at__isnull=False),
                include=["valid_to", "recorded_at", "superseded_at", "fence"],
            ),
            models.Index(fields=["change_id", "id"], name="subject_version_change"),
        ]


class Found(models.Model):
    """A value of a field that a type is found by, for one version: narrow rows, because only they can be indexed."""

    id = models.BigAutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    type = models.CharField(max_length=80)
    field = models.CharField(max_length=64)
    value = models.CharField(max_length=200, db_collation="C")
    key = models.CharField(max_length=420, db_collation="C")
    version_id = models.BigIntegerField()
    fence = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        db_table = "subject_found"
        indexes = [
            models.Index(
                fields=["district_id", "type", "field", "value", "key"],
                name="subject_found_value",
                include=["version_id", "fence"],
            )
        ]


class Sealed(models.Model):
    """Personal and secret fields of some versions of a subject, encrypted and bound to this row; it can be erased."""

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    type = models.CharField(max_length=80)
    key = models.CharField(max_length=420)
    fence = models.CharField(max_length=80, blank=True, default="")
    key_id = models.CharField(max_length=16)
    ciphertext = models.BinaryField()

    class Meta:
        db_table = "subject_sealed"
        indexes = [models.Index(fields=["district_id", "type", "key"], name="subject_sealed_key")]


class Fence(models.Model):
    """Who may read what lies behind a fence; written once, when the first value is put there."""

    id = models.CharField(primary_key=True, max_length=100)
    district_id = models.CharField(max_length=12)
    fence = models.CharField(max_length=80)
    roles = models.JSONField()
    programmes = models.JSONField()
    declared_at = models.DateTimeField()

    class Meta:
        db_table = "subject_fence"


class Look(models.Model):
    """Somebody went behind a fence or opened sealed fields: who, as what, for which programme, why, when."""

    id = models.BigAutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    fence = models.CharField(max_length=80, blank=True, default="")
    sealed_id = models.UUIDField(null=True)
    role = models.CharField(max_length=64)
    programme = models.CharField(max_length=64, blank=True, default="")
    actor = models.CharField(max_length=80)
    purpose = models.CharField(max_length=400)
    at = models.DateTimeField()

    class Meta:
        db_table = "subject_look"


class Revision(models.Model):
    """A change by hand that somebody asked for: values of a subject, its end, or a file; decided once.

    `content` is sealed, since a file may hold sealed fields and values may lie behind a fence; it goes when the
    revision is decided. `base` is the version that was known when it was asked for.
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    type = models.CharField(max_length=80)
    kind = models.CharField(max_length=8)  # values | end | file
    key = models.CharField(max_length=420, blank=True, default="")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    base = models.BigIntegerField(null=True)
    key_id = models.CharField(max_length=16, blank=True, default="")
    content = models.BinaryField(null=True)
    counts = models.JSONField()
    reason = models.CharField(max_length=400)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    decision = models.CharField(max_length=12, blank=True, default="")  # applied | refused | withdrawn
    decided_by = models.CharField(max_length=80, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=400, blank=True, default="")
    change_id = models.UUIDField(null=True)

    class Meta:
        db_table = "subject_revision"
        indexes = [models.Index(fields=["district_id", "-proposed_at", "id"], name="subject_revision_new")]
