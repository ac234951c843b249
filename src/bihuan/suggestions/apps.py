"""Suggestions as a Django app."""

from django.apps import AppConfig


class SuggestionsConfig(AppConfig):
    """What is suggested, and what became of it."""

    name = "bihuan.suggestions"
    label = "suggestions"
    verbose_name = "Suggestions"
    default_auto_field = "django.db.models.BigAutoField"
