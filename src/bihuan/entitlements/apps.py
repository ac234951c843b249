"""The entitlements as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    name = "bihuan.entitlements"
    label = "entitlements"
    default_auto_field = "django.db.models.BigAutoField"
