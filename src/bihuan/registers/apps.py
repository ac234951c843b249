"""The registers as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Models of places, organisations, duties, people and sealed identities."""

    name = "bihuan.registers"
    label = "registers"
    default_auto_field = "django.db.models.BigAutoField"
