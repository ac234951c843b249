"""The boxes as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class BoxesConfig(AppConfig):
    name = "bihuan.boxes"
    label = "boxes"
    default_auto_field = "django.db.models.BigAutoField"
