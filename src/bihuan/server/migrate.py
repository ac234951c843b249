"""Apply and list migrations.

Run as `python -m bihuan.server.migrate` with BIHUAN_DB_ROLE=owner; prints how many it applied.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import django
from django.core.management.sql import emit_pre_migrate_signal
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from bihuan.server.log_lines import log


def pending_migrations() -> list[str]:
    """Migrations of this version that the database lacks, as `app.name`, in order.

    Source: docs/topics/operations.md, "Upgrade"; docs/adr/0040 (migrations run in a process of their own)
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def unknown_migrations(migrations: Sequence[tuple[str, str]]) -> list[str]:
    """Return which of some migrations this version does not know, as `app.name`; asks no database.

    Source: docs/adr/0210 (a restore builds the tables by our own migrations)
    """
    known = MigrationLoader(None).disk_migrations or {}
    return [f"{app}.{name}" for app, name in migrations if (app, name) not in known]


def build_tables(migrations: Sequence[tuple[str, str]]) -> None:
    """Bring an empty database to the state in which exactly these migrations are applied.

    Source: docs/adr/0210 (a restore builds the tables by our own migrations)
    """
    executor = MigrationExecutor(connection)
    emit_pre_migrate_signal(verbosity=0, interactive=False, db=connection.alias)  # gives the application its rights
    wanted = set(migrations)
    graph = executor.loader.graph
    # Only the last of each app: a target whose children are planned already would be taken for a step backwards.
    last = [node for node in wanted if not any(child.key[0] == node[0] and child.key in wanted
                                               for child in graph.node_map[node].children)]  # fmt: skip
    executor.migrate(sorted(last))


def main() -> None:
    """Apply what is pending; `--to LIST` builds an earlier state, `--unknown LIST` prints what cannot be built.

    Lists are JSON: `[["app", "name"], …]`.

    Source: docs/topics/operations.md, "Upgrade"; docs/adr/0040 (migrations run in a process of their own)
    """
    from django.core.management import call_command

    django.setup()
    if sys.argv[1:2] == ["--unknown"]:
        print(json.dumps(unknown_migrations([(app, name) for app, name in json.loads(sys.argv[2])])))
        return
    if sys.argv[1:2] == ["--to"]:
        build_tables([(app, name) for app, name in json.loads(sys.argv[2])])
        return
    missing = pending_migrations()
    if missing:
        call_command("migrate", interactive=False, verbosity=0)
        log("tables_migrated", applied=len(missing))
    print(len(missing))


if __name__ == "__main__":
    main()
