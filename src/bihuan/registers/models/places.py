"""Districts, their areas, and the calendar editions loaded beside the shipped ones."""

from __future__ import annotations

from django.db import models


class District(models.Model):
    """A district: the tenant that every other row belongs to, known by its official code.

    `revision` grows with every change of a register; processes reload their snapshot when it does.
    """

    code = models.CharField(max_length=12, primary_key=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    zone = models.CharField(max_length=64)
    calendar = models.CharField(max_length=16)
    dial_country = models.CharField(max_length=8, default="+86")
    dial_area = models.CharField(max_length=8, blank=True)
    revision = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        """Code and Chinese name."""
        return f"{self.code} {self.name_zh}"


class Area(models.Model):
    """One place of the area tree (see `bihuan.registers.pure.areas.Area`)."""

    id = models.UUIDField(primary_key=True, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="areas", db_index=False)
    code = models.CharField(max_length=24)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    level = models.CharField(max_length=16)
    parent = models.CharField(max_length=24, blank=True)
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    polygon = models.JSONField(default=list, blank=True)
    verified = models.BooleanField(default=False)

    class Meta:
        """One row per code and district."""

        constraints = [models.UniqueConstraint(fields=["district", "code"], name="registers_area_code")]

    def __str__(self) -> str:
        """Code and Chinese name."""
        return f"{self.code} {self.name_zh}"


class CalendarEdition(models.Model):
    """One year's working-day schedule loaded by the district; it replaces the shipped one of that year.

    `data` is the document as loaded; the edition loaded last counts.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    jurisdiction = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField()
    edition = models.CharField(max_length=64)
    data = models.JSONField()
    loaded_at = models.DateTimeField()

    class Meta:
        """An edition is never rewritten: corrected data takes a new name."""

        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "year", "edition"], name="registers_calendar_edition")
        ]

    def __str__(self) -> str:
        """The edition."""
        return self.edition
