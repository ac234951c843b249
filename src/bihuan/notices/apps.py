"""Notices as a Django app."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Planned notices, deliveries, webhooks."""

    name = "bihuan.notices"
    label = "notices"
    verbose_name = "Notices"
