"""Watches as a Django app: incidents, what became of them, silences, runs."""

from __future__ import annotations

from django.apps import AppConfig


class WatchesConfig(AppConfig):
    """Incidents of watches, their events, silences and runs."""

    name = "bihuan.watches"
    label = "watches"
    default_auto_field = "django.db.models.BigAutoField"
