"""The one table of the effects: how far in the log they have been written."""

from __future__ import annotations

from django.db import models


class EffectPosition(models.Model):
    """The last leaf of the log whose event has had its effects, for one district."""

    district_id = models.CharField(max_length=12, primary_key=True)
    index = models.BigIntegerField(default=-1)

    class Meta:
        db_table = "effect_position"
