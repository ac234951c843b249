"""Standards as a Django app: what went to other installations, who subscribed to entities."""

from django.apps import AppConfig


class StandardsConfig(AppConfig):
    """Wires."""

    name = "bihuan.standards"
    label = "standards"
    verbose_name = "Standards"
    default_auto_field = "django.db.models.BigAutoField"
