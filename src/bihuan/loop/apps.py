"""The loop as a Django app: the store of cases and events."""

from django.apps import AppConfig


class LoopConfig(AppConfig):
    """Cases, events, clocks, reports, campaigns."""

    name = "bihuan.loop"
    label = "loop"
    verbose_name = "Loop"

    def ready(self) -> None:
        """A new database session starts without a district; programmes' own roles are known to the registers."""
        from django.db.backends.signals import connection_created

        from bihuan.loop import scope
        from bihuan.loop.programmes import local_roles
        from bihuan.registers.roles import add_source

        add_source(local_roles)

        connection_created.connect(scope.forget_district, dispatch_uid="bihuan.loop.forget_district")
