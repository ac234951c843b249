"""The transparency log as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    """Tables of the log: entries, tiles, heads, keys, the queue and the log's own statements."""

    name = "bihuan.ledger"
    label = "ledger"
    verbose_name = "Transparency log 透明日志"

    def ready(self) -> None:
        """Forget checked keys whenever tables were made or emptied: what they were checked against is gone."""
        post_migrate.connect(_forget, sender=self)


def _forget(**_: Any) -> None:
    from bihuan.ledger import keyring

    keyring.forget_cached_keys()
