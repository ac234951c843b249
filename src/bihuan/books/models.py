"""Tables of the books. The application inserts and never changes: triggers of the owner keep what is summed up.

`book_account` holds the kept standing of an account and unit, moved only by triggers of lines, holds and releases; its
checks are the last guard of floors and ceilings. Entries, lines, holds, releases and closings are append-only.
Source: DESIGN §14; docs/adr/0260-books.md.
"""

from __future__ import annotations

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from bihuan.books.pass_models import PassAnswerRow, PassDrawRow, PassEndRow, PassListRow, PassRow
from bihuan.registers.pure.ids import new_id

__all__ = ["PassAnswerRow", "PassDrawRow", "PassEndRow", "PassListRow", "PassRow"]  # what Django is to know
PENDING, POSTED, VOID, EXPIRED = "pending", "posted", "void", "expired"
SERVED, LEFT = "served", "left"


class AccountRow(models.Model):
    """One account of a book, for one subject and unit, and where it stands (smallest units, debit positive)."""

    id = models.BigAutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    subject = models.CharField(max_length=120, default="", blank=True)
    unit = models.CharField(max_length=24)
    normal = models.SmallIntegerField()  # 1: its balance is a debit, -1: a credit
    floor = models.BigIntegerField(null=True)
    ceiling = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField(default=timezone.now)
    posted = models.BigIntegerField(default=0, db_default=0)
    pending_debit = models.BigIntegerField(default=0, db_default=0)
    pending_credit = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "book_account"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "book", "name", "subject", "unit"], name="book_account_once"
            ),
            models.CheckConstraint(condition=Q(normal__in=(1, -1)), name="book_account_side"),
            models.CheckConstraint(
                condition=Q(pending_debit__gte=0, pending_credit__gte=0), name="book_account_pending"
            ),
            models.CheckConstraint(
                condition=Q(floor=None)
                | Q(normal=1, floor__lte=F("posted") - F("pending_credit"))
                | Q(normal=-1, floor__lte=-F("posted") - F("pending_debit")),
                name="book_account_floor",
            ),
            models.CheckConstraint(
                condition=Q(ceiling=None)
                | Q(normal=1, ceiling__gte=F("posted") + F("pending_debit"))
                | Q(normal=-1, ceiling__gte=-F("posted") + F("pending_credit")),
                name="book_account_ceiling",
            ),
        ]


class EntryRow(models.Model):
    """One entry of a journal; its `id` is its leaf in the log. `digest` is of `salt` and content."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=64, default="", blank=True)
    day = models.DateField()
    posted_at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    lines = models.SmallIntegerField()
    ref = models.UUIDField(null=True)
    reverses = models.UUIDField(null=True, unique=True)
    hold = models.UUIDField(null=True)
    restates = models.CharField(max_length=200, default="", blank=True)
    salt = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        db_table = "book_entry"
        constraints = [
            models.UniqueConstraint(fields=["key", "district_id", "book"], name="book_entry_once"),
            models.CheckConstraint(condition=Q(lines__gte=2), name="book_entry_lines"),
        ]
        indexes = [
            models.Index(fields=["ref"], name="book_entry_ref", condition=Q(ref__isnull=False)),
            models.Index(fields=["book", "district_id", "day", "id"], name="book_entry_day"),
        ]


class LineRow(models.Model):
    """One line: an account and an amount, debit positive."""

    pk = models.CompositePrimaryKey("entry_id", "number")
    entry_id = models.UUIDField()
    number = models.SmallIntegerField()
    district_id = models.CharField(max_length=12)
    account_id = models.BigIntegerField()
    day = models.DateField()
    amount = models.BigIntegerField()

    class Meta:
        db_table = "book_line"
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="book_line_amount"),
            models.CheckConstraint(condition=Q(number__gte=1), name="book_line_number"),
        ]
        indexes = [models.Index(fields=["account_id", "day"], include=["amount"], name="book_line_account")]


class HoldRow(models.Model):
    """A reservation between two accounts of one book; `remaining` falls with every release."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=64, default="", blank=True)
    debit_id = models.BigIntegerField()
    credit_id = models.BigIntegerField()
    amount = models.BigIntegerField()
    remaining = models.BigIntegerField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=64)
    ref = models.UUIDField(null=True)
    salt = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        db_table = "book_hold"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "book", "key"], name="book_hold_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount")), name="book_hold_rest"
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="book_hold_due", condition=Q(remaining__gt=0, expires_at__isnull=False)
            )
        ]


class ReleaseRow(models.Model):
    """A part of a reservation that ended: posted by an entry, void, or expired; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    hold_id = models.UUIDField()
    how = models.CharField(max_length=8)
    amount = models.BigIntegerField()
    entry_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        db_table = "book_release"
        constraints = [
            models.CheckConstraint(
                condition=Q(how=POSTED, entry_id__isnull=False) | Q(how__in=(VOID, EXPIRED), entry_id__isnull=True),
                name="book_release_how",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="book_release_amount"),
        ]
        indexes = [models.Index(fields=["hold_id"], name="book_release_hold")]


class ClosingRow(models.Model):
    """A book closed until a day; later entries of those days need a reason; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    until = models.DateField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        db_table = "book_closing"
        constraints = [models.UniqueConstraint(fields=["district_id", "book", "until"], name="book_closing_once")]


class IntervalRow(models.Model):
    """A resource reserved from an instant to another; `span` is blocked, with what comes before and after.

    A column of the resource's hash and a constraint of the migration keep spans of one resource apart.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=120)
    number = models.SmallIntegerField()  # of the parts of one party
    resource = models.CharField(max_length=120)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    span = DateTimeRangeField()
    state = models.CharField(max_length=8, default=PENDING)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=64)
    salt = models.BinaryField()

    class Meta:
        db_table = "book_interval"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "book", "kind", "key", "number"], name="book_interval_once"),
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="book_interval_order"),
            models.CheckConstraint(condition=Q(state__in=(PENDING, POSTED, VOID, EXPIRED)), name="book_interval_state"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="book_interval_due", condition=Q(state=PENDING)),
            models.Index(fields=["district_id", "book", "resource", "starts"], name="book_interval_resource"),
        ]


class IntervalStepRow(models.Model):
    """What became of a reserved interval: confirmed, given back, expired; append-only, it moves the state."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    interval_id = models.UUIDField()
    how = models.CharField(max_length=8)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        db_table = "book_interval_step"
        constraints = [
            models.CheckConstraint(condition=Q(how__in=(POSTED, VOID, EXPIRED)), name="book_interval_step_how")
        ]
        indexes = [models.Index(fields=["interval_id"], name="book_interval_step_of")]


class WaitingRow(models.Model):
    """A party that waits for a part of a quota; `place` is its place in the public order; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    account = models.CharField(max_length=64)
    subject = models.CharField(max_length=120, default="", blank=True)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=64)
    amount = models.BigIntegerField()
    place = models.BigIntegerField()
    values = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        db_table = "book_waiting"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "book", "key"], name="book_waiting_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="book_waiting_amount"),
        ]
        indexes = [
            models.Index(fields=["district_id", "book", "account", "subject", "place"], name="book_waiting_order")
        ]


class WaitingEndRow(models.Model):
    """Why a party waits no longer: served by an entry, or it left; append-only."""

    waiting_id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    how = models.CharField(max_length=8)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)

    class Meta:
        db_table = "book_waiting_end"
        constraints = [models.CheckConstraint(condition=Q(how__in=(SERVED, LEFT)), name="book_waiting_end_how")]


class ReconciliationRow(models.Model):
    """A reconciliation of an account with a bank's file that is kept: its figures and what it left; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    account = models.CharField(max_length=190)
    at = models.DateField()
    made_at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    file = models.CharField(max_length=64)  # SHA-256 of the bank's file
    figures = models.JSONField(default=dict)
    rest = models.JSONField(default=list)

    class Meta:
        db_table = "book_reconciliation"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "book", "account", "at", "file"], name="book_reconciliation_once"
            )
        ]
        indexes = [
            models.Index(fields=["district_id", "book", "account", "at", "made_at"], name="book_reconciliation_newest")
        ]


class BankLineRow(models.Model):
    """A line of a bank's file, kept once whatever file brings it again; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    account = models.CharField(max_length=190)
    line = models.CharField(max_length=190)
    day = models.DateField()
    amount = models.BigIntegerField()
    reference = models.CharField(max_length=190, default="", blank=True)
    first = models.UUIDField()  # the reconciliation that brought it

    class Meta:
        db_table = "book_bank_line"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "book", "account", "line"], name="book_bank_line_once")
        ]


class AnsweredRow(models.Model):
    """A line of either side that a reconciliation matched; no line is matched twice; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    book = models.CharField(max_length=64)
    account = models.CharField(max_length=190)
    side = models.CharField(max_length=6)
    line = models.CharField(max_length=190)
    reconciliation_id = models.UUIDField()
    number = models.IntegerField()  # of the match: lines of one number answer each other
    how = models.CharField(max_length=12)

    class Meta:
        db_table = "book_answered"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "book", "account", "side", "line"], name="book_answered_once"
            ),
            models.CheckConstraint(condition=Q(side__in=("ours", "theirs")), name="book_answered_side"),
        ]
        indexes = [models.Index(fields=["reconciliation_id", "number"], name="book_answered_of")]


class PositionRow(models.Model):
    """How far in the log posting rules have read."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    index = models.BigIntegerField(default=-1)

    class Meta:
        db_table = "book_position"
