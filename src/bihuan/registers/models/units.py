"""Organisations and their spans of validity, the duty matrix, deputies."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from bihuan.registers.models.places import District
from bihuan.registers.pure.ids import new_id


def _ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name=name
    )


class Organisation(models.Model):
    """An organisation for life: what other tables refer to. What changes is in its spans."""

    id = models.UUIDField(primary_key=True, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="organisations", db_index=False)
    code = models.CharField(max_length=64)

    class Meta:
        """One organisation per code and district."""

        constraints = [models.UniqueConstraint(fields=["district", "code"], name="registers_organisation_code")]

    def __str__(self) -> str:
        """The code."""
        return self.code


class OrganisationSpan(models.Model):
    """An organisation during one stretch of time (see `bihuan.registers.pure.organisation.Organisation`)."""

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="spans")
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=160)
    kind = models.CharField(max_length=16)
    parent = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    areas = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    clients = ArrayField(models.UUIDField(), default=list, blank=True)
    successors = ArrayField(models.UUIDField(), default=list, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    district_fallback = models.BooleanField(default=False)
    verified = models.BooleanField(default=False)

    class Meta:
        """Half-open spans; that they do not overlap is checked on loading, where the remedy can be named."""

        constraints = [_ends_after_start("registers_span_order")]

    def __str__(self) -> str:
        """Name and start."""
        return f"{self.name_zh} ({self.valid_from or '…'})"


class Duty(models.Model):
    """One row of the duty matrix; `lead` and `co` hold organisation ids or place rules such as `@street`."""

    id = models.UUIDField(primary_key=True, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="duties", db_index=False)
    category = models.CharField(max_length=120)
    area = models.CharField(max_length=24)
    lead = models.CharField(max_length=64)
    co = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    citation = models.CharField(max_length=400, blank=True)
    verified = models.BooleanField(default=False)

    class Meta:
        """Read by district; ends after it begins."""

        indexes = [models.Index(fields=["district", "category", "area"], name="registers_duty_cell")]
        constraints = [_ends_after_start("registers_duty_order")]

    def __str__(self) -> str:
        """The cell of the matrix."""
        return f"{self.category} × {self.area}"


class Deputy(models.Model):
    """One line of the night and holiday roster; `deputy` is an organisation id or `user:<id>`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="deputies", db_index=False)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="deputies")
    deputy = models.CharField(max_length=64)
    when = models.CharField(max_length=24)
    night_from = models.TimeField()
    night_to = models.TimeField()
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        """One line per unit, deputy and start."""

        constraints = [
            models.UniqueConstraint(
                fields=["district", "unit", "deputy", "valid_from"], name="registers_deputy_line", nulls_distinct=False
            ),
            _ends_after_start("registers_deputy_order"),
        ]

    def __str__(self) -> str:
        """Who stands in."""
        return f"{self.deputy} for {self.unit_id}"
