"""The loop as a Django app: the store of cases and events."""

from django.apps import AppConfig


class LoopConfig(AppConfig):
    """Cases, events, clocks, reports, campaigns."""

    name = "bihuan.loop"
    label = "loop"
    verbose_name = "Loop"

    def ready(self) -> None:
        """A new database session starts without a district."""
        from django.db.backends.signals import connection_created

        from bihuan.loop import scope

        connection_created.connect(scope.forget, dispatch_uid="bihuan.loop.forget_district")
