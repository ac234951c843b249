"""Tables of letters: what was sent, its sealed words and files, what became of it.

`documents_letter` and `documents_letter_delivery` are append-only and hold nothing of a person; each row's id is its
leaf in the log. Words and files are sealed and can be emptied when a case is erased or their time is over.
Source: DESIGN §14; docs/adr/0274-letters.md.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from bihuan.registers.pure.ids import new_id


class LetterRow(models.Model):
    """One letter as it was written. `files` has the SHA-256 of each file by LANGUAGE.FORMAT."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    letter = models.CharField(max_length=64)
    edition = models.CharField(max_length=16)
    programme = models.CharField(max_length=64)
    occasion = models.CharField(max_length=160)  # what it was written after; once for each
    year = models.SmallIntegerField()
    count = models.IntegerField()
    number = models.JSONField()  # by language
    dated = models.DateField()
    case_id = models.UUIDField(null=True)
    unit = models.CharField(max_length=64, default="", blank=True)  # the unit it goes to, when it goes to one
    report_id = models.UUIDField(null=True)  # the report whose reporter it goes to
    language = models.CharField(max_length=8, default="zh")
    basis = models.JSONField()
    remedies = models.JSONField()
    remedy_until = models.DateField(null=True)
    files = models.JSONField()
    ways = ArrayField(models.CharField(max_length=8))
    code_index = models.BinaryField()  # keyed digest of the check code
    made_at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=80)

    class Meta:
        db_table = "documents_letter"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "letter", "occasion"], name="documents_letter_once"),
            models.UniqueConstraint(fields=["district_id", "letter", "year", "count"], name="documents_letter_number"),
        ]
        indexes = [
            models.Index(fields=["case_id"], name="documents_letter_case", condition=models.Q(case_id__isnull=False)),
            models.Index(fields=["unit", "id"], name="documents_letter_unit", condition=~models.Q(unit="")),
            models.Index(fields=["code_index"], name="documents_letter_code"),
            models.Index(
                fields=["remedy_until"], name="documents_letter_until", condition=models.Q(remedy_until__isnull=False)
            ),
        ]


class LetterWords(models.Model):
    """Facts with their sources and the addressee's lines, sealed; emptied when erased.

    `identity_id`: sealed name, address and mail of an addressee who is no reporter of a case.
    """

    letter_id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    key_id = models.CharField(max_length=32)
    sealed = models.BinaryField(null=True)
    identity_id = models.UUIDField(null=True)

    class Meta:
        db_table = "documents_letter_words"


class LetterFile(models.Model):
    """One file as it was sent, sealed; emptied when erased. Its digest stays in the letter and in the log."""

    pk = models.CompositePrimaryKey("letter_id", "name")
    letter_id = models.UUIDField()
    name = models.CharField(max_length=12)
    district_id = models.CharField(max_length=12)
    key_id = models.CharField(max_length=32)
    sealed = models.BinaryField(null=True)

    class Meta:
        db_table = "documents_letter_file"


class LetterDelivery(models.Model):
    """What happened on a way: sent, failed, bounced, served, exported, no_address, gave_up; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    letter_id = models.UUIDField()
    way = models.CharField(max_length=8)
    status = models.CharField(max_length=12)
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, default="", blank=True)
    actor = models.CharField(max_length=80)

    class Meta:
        db_table = "documents_letter_delivery"
        indexes = [models.Index(fields=["letter_id", "at"], name="documents_delivery_letter")]


class LetterDue(models.Model):
    """What is still to be sent. `next_at` is the lease: whoever claims it moves it into the future."""

    pk = models.CompositePrimaryKey("letter_id", "way")
    letter_id = models.UUIDField()
    way = models.CharField(max_length=8)
    district_id = models.CharField(max_length=12)
    next_at = models.DateTimeField(null=True)  # null: it waits for a person, as a post list does
    attempts = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "documents_letter_due"
        indexes = [models.Index(fields=["next_at"], name="documents_letter_due_at")]


class LetterCount(models.Model):
    """The last number of a letter in a year; moved in the transaction that writes the letter, so none is left out."""

    pk = models.CompositePrimaryKey("district_id", "letter", "year")
    district_id = models.CharField(max_length=12)
    letter = models.CharField(max_length=64)
    year = models.SmallIntegerField()
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "documents_letter_count"


class LetterPosition(models.Model):
    """How far a source of occasions has been read: the log's leaves, incidents of series, entries of books."""

    pk = models.CompositePrimaryKey("district_id", "source")
    district_id = models.CharField(max_length=12)
    source = models.CharField(max_length=24)
    index = models.BigIntegerField(default=-1)

    class Meta:
        db_table = "documents_letter_position"
