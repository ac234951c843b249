"""Apply and list migrations.

Run as `python -m bihuan.server.migrate` with BIHUAN_DB_ROLE=owner; prints how many it applied.
"""

from __future__ import annotations

import django
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def pending() -> list[str]:
    """Migrations of this version that the database lacks, as `app.name`, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def main() -> None:
    """Apply what is pending."""
    from django.core.management import call_command

    django.setup()
    missing = pending()
    if missing:
        call_command("migrate", interactive=False, verbosity=0)
    print(len(missing))


if __name__ == "__main__":
    main()
