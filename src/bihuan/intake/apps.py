"""Intake as a Django app: checkpoints of imports, merges that wait for their parent, what goes to the city above."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Reports in."""

    name = "bihuan.intake"
    label = "intake"
    verbose_name = "Intake"
    default_auto_field = "django.db.models.BigAutoField"
