"""Published months: append-only. A closed month never changes; a restatement is a further row."""

from __future__ import annotations

from django.db import models


class IndicatorSnapshot(models.Model):
    """What was published for a month: first its closing (`sequence` 0), then each restatement.

    `body` holds definitions, queries, cells and ranking; `digest` is the SHA-256 of its canonical form and is stated in
    the ledger by `statement_id`; `previous` is the digest of the row before, so that the months of a district chain.
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    period = models.CharField(max_length=7)
    sequence = models.PositiveIntegerField()
    reason = models.CharField(max_length=400, blank=True, default="")
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    cut_size = models.BigIntegerField()
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True, default="")
    statement_id = models.UUIDField()

    class Meta:
        db_table = "indicator_snapshot"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "period", "sequence"], name="indicator_snapshot_sequence"),
            models.CheckConstraint(
                condition=models.Q(sequence=0) | ~models.Q(reason=""), name="indicator_snapshot_restated_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} #{self.sequence}"
