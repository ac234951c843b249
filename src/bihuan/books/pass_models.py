"""Tables of passes: what was asked for or given, how each was used up, and how those who asked were drawn.

The application inserts and never changes. Source: docs/adr/0317-passes.md; docs/adr/0335-asking-for-passes.md.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bihuan.registers.pure.ids import new_id


class PassRow(models.Model):
    """A pass for whoever has, or waits for, a part of a quota: `key` is the number of the entry that gives it.

    Of its code only a keyed digest is here, of its holder only the key of a sealed identity; append-only. `person` is a
    keyed digest of who asked, the same for one kind of pass; `area` where that person lives.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=120)
    subject = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    code_index = models.BinaryField()
    identity_id = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    person = models.BinaryField(null=True)
    area = models.CharField(max_length=12, default="", db_default="", blank=True)

    class Meta:
        db_table = "book_pass"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "book", "key"], name="book_pass_once"),
            models.UniqueConstraint(fields=["district_id", "code_index"], name="book_pass_code"),
            models.UniqueConstraint(
                fields=["district_id", "book", "kind", "subject", "person"], name="book_pass_person",
                condition=Q(person__isnull=False),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["district_id", "book", "subject"], name="book_pass_subject"),
            models.Index(
                fields=["district_id", "book", "kind", "person"], name="book_pass_of", condition=Q(person__isnull=False)
            ),
        ]


class PassEndRow(models.Model):
    """How a pass was used up, once: at the door, given back, missed; append-only."""

    pass_id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    how = models.CharField(max_length=8)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        db_table = "book_pass_end"


class PassAnswerRow(models.Model):
    """What the holder of one pass said of the event: numbers by question, beside a keyed digest of the pass alone."""

    id = models.BigAutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=120)
    mark = models.BinaryField()
    said = models.JSONField()

    class Meta:
        db_table = "book_pass_answer"
        constraints = [models.UniqueConstraint(fields=["district_id", "mark"], name="book_pass_answer_once")]
        indexes = [models.Index(fields=["district_id", "book", "subject"], name="book_pass_answer_subject")]


class PassListRow(models.Model):
    """Everybody who asked for passes to one subject, committed to before the seed exists; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=120)
    digest = models.BinaryField()
    asked = models.IntegerField()
    offered = models.BigIntegerField()
    source = models.CharField(max_length=200)  # of the seed, in public
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        db_table = "book_pass_list"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "book", "kind", "subject"], name="book_pass_list_once")
        ]


class PassDrawRow(models.Model):
    """The seed with which a list was drawn, once; append-only."""

    list_id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    seed = models.CharField(max_length=200)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        db_table = "book_pass_draw"
