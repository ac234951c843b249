"""Published periods (append-only) and kept numbers (what pages read, always recomputable from events)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class IndicatorSnapshot(models.Model):
    """What was published for a period: first its closing (`sequence` 0), then each restatement.

    `body` holds definitions, queries, cells and ranking; `digest` is the SHA-256 of its canonical form and is stated in
    the ledger by `statement_id`; `previous` is the digest of the row before, so that the periods of a district chain.
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    period = models.CharField(max_length=40)
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


class KeptProgress(models.Model):
    """How far a district's numbers are counted: every leaf below `cut`. `size`: the log when the worker last looked.

    `as_of`: until when nothing is missing: the last look if it found nothing new, else when the last counted event
    was recorded. `figures`: counts of the present that belong to no period.
    """

    district_id = models.CharField(primary_key=True, max_length=12)
    cut = models.BigIntegerField(default=0)
    at = models.CharField(max_length=40, default="")
    root = models.CharField(max_length=64, default="")
    size = models.BigIntegerField(default=0)
    as_of = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)

    class Meta:
        db_table = "number_progress"


class KeptPeriod(models.Model):
    """One period whose numbers are kept: live (`sequence` null), or as published in a snapshot of that sequence.

    `basis`: what it is counted by; `ready`: every case is in it; `cursor`: number of the last case built in.
    """

    id = models.AutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    period = models.CharField(max_length=40)
    kind = models.CharField(max_length=32)
    sequence = models.PositiveIntegerField(null=True)
    first = models.DateField()
    after = models.DateField()
    cut = models.BigIntegerField(null=True)
    basis = models.JSONField()
    basis_digest = models.CharField(max_length=64)
    ready = models.BooleanField(default=False)
    cursor = models.CharField(max_length=32, default="")

    class Meta:
        db_table = "number_period"
        indexes = [models.Index(fields=["district_id", "period"], name="number_period_name")]


class KeptCell(models.Model):
    """How many rows of cases agree in everything that is asked for."""

    id = models.AutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    period_id = models.IntegerField()
    indicator = models.CharField(max_length=64)
    programme = models.CharField(max_length=64)
    area = models.CharField(max_length=64)
    unit = models.CharField(max_length=64)
    category = models.CharField(max_length=128)
    excluded = models.CharField(max_length=64)
    counted = models.BooleanField()
    n = models.IntegerField(default=0)

    class Meta:
        db_table = "number_cell"
        constraints = [
            models.UniqueConstraint(
                fields=["period_id", "indicator", "programme", "area", "unit", "category", "excluded", "counted"],
                name="number_cell_key",
            )
        ]


class KeptSlice(models.Model):
    """The cells of a period summed along all but one dimension (`by`: district, area, unit, category)."""

    pk = models.CompositePrimaryKey("period_id", "by", "indicator", "programme", "key", "excluded")
    period_id = models.IntegerField()
    by = models.CharField(max_length=12)
    indicator = models.CharField(max_length=64)
    programme = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    excluded = models.CharField(max_length=64)
    district_id = models.CharField(max_length=12)
    numerator = models.IntegerField()
    denominator = models.IntegerField()

    class Meta:
        db_table = "number_slice"


class KeptCase(models.Model):
    """A case that a period is about, and the cells it counts in (as often as it does); `open`: it has not ended.

    The table has a column more, `parts` (varbit): a bit for each indicator and part that the case stands behind, in the
    order of `refreshing.ordered`; a list of the whole district is read from it in the index alone.
    """

    pk = models.CompositePrimaryKey("case_id", "period_id")
    case_id = models.UUIDField()
    period_id = models.IntegerField()
    district_id = models.CharField(max_length=12)
    number = models.CharField(max_length=32)
    open = models.BooleanField()
    cells = ArrayField(models.IntegerField())

    class Meta:
        db_table = "number_case"
        indexes = [
            GinIndex(fields=["cells"], name="number_case_cells"),
        ]


class KeptStock(models.Model):
    """Open cases that agree in everything a right may ask of them, but the units that take part: how many, how late.

    `holder_id` is kept of restricted cases alone; nobody's right asks it of others.
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    state = models.CharField(max_length=32)
    programme = models.CharField(max_length=64)
    area = models.CharField(max_length=64, null=True)
    restricted = models.CharField(max_length=32, null=True)
    holder_id = models.CharField(max_length=64, null=True)
    history = models.BooleanField()
    open = models.IntegerField()
    late = models.IntegerField()

    class Meta:
        db_table = "number_stock"
