"""Indicators as a Django app: it owns the table of published months."""

from __future__ import annotations

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "bihuan.numbers"
    label = "indicators"
    default_auto_field = "django.db.models.BigAutoField"
