"""Tables of the entitlements: lists of who is granted what, and their rows. Amounts in fen."""

from __future__ import annotations

from django.db import models

from bihuan.registers.pure.ids import new_id


class GrantListRow(models.Model):
    """One frozen list of a policy for a period. `key`: as people and cases call it; `digest` covers its rows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    key = models.CharField(max_length=80)
    policy = models.CharField(max_length=64)
    edition = models.CharField(max_length=32)
    period = models.CharField(max_length=8)
    day = models.DateField()
    frozen_at = models.DateTimeField()
    frozen_by = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True)
    notice_ends = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    paid_by = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        """One list has one key."""

        db_table = "entitlement_list"
        constraints = [models.UniqueConstraint(fields=["district_id", "key"], name="entitlement_list_key")]
        indexes = [models.Index(fields=["district_id", "policy", "period"], name="entitlement_list_policy")]


class GrantRow(models.Model):
    """One line of a list. `state`: listed, struck, left_out (with why), paid or refused (by the budget's book).

    `told_at`: when whoever was paid was written to; None while that is owed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    list = models.ForeignKey(GrantListRow, models.PROTECT, related_name="rows")
    key = models.CharField(max_length=128)
    amount = models.BigIntegerField()
    alternative = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default="listed")
    reason = models.CharField(max_length=200, default="", blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        """A subject stands once in a list, and is paid once for a policy and period, whatever is asked for again."""

        db_table = "entitlement_row"
        constraints = [
            models.UniqueConstraint(fields=["list", "key"], name="entitlement_row_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="entitlement_row_amount"),
        ]
        indexes = [
            models.Index(fields=["district_id", "key"], name="entitlement_row_key"),
            models.Index(
                fields=["district_id"],
                name="entitlement_row_untold",
                condition=models.Q(state="paid", told_at__isnull=True),
            ),
        ]
