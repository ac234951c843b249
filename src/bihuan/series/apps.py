"""Series as a Django app: observations, their batches, incidents."""

from __future__ import annotations

from django.apps import AppConfig


class SeriesConfig(AppConfig):
    """Lines, batches and monthly partitions of observations; spans to be worked out; incidents; closed periods."""

    name = "bihuan.series"
    label = "series"
    default_auto_field = "django.db.models.BigAutoField"
