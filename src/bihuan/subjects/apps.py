"""The subjects as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    """Versions of subjects and links, changes, fences, looks."""

    name = "bihuan.subjects"
    label = "subjects"
    default_auto_field = "django.db.models.BigAutoField"
