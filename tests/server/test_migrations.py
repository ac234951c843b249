"""Migrations: complete, and what the application may do to the planner's statistics."""

from __future__ import annotations

import io
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader

from bihuan.server import statistics
from bihuan.server.migrate import pending_migrations
from bihuan.server.roles import WithoutModels

pytestmark = pytest.mark.django_db


def test_models_and_migrations_agree() -> None:
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(f"models have changed without a migration:\n{said.getvalue()}")


def test_nothing_is_pending_after_migrate_and_a_forgotten_one_is_named() -> None:
    assert pending_migrations() == []
    ((app, last),) = MigrationLoader(connection).graph.leaf_nodes("server")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", [app, last])
    assert pending_migrations() == [f"server.{last}"]


WITH_MODELS = {"registers.0003_demonstration"}
"""Our migrations whose code reads rows through models. Each such step costs every new database a tenth of a second."""


def test_only_steps_that_use_models_are_given_them() -> None:
    ours = (one for one in MigrationLoader(None).disk_migrations.values() if one.__module__.startswith("bihuan."))
    found = {
        f"{one.app_label}.{one.name}"
        for one in ours
        if any(
            isinstance(step, migrations.RunPython) and not isinstance(step, WithoutModels) for step in one.operations
        )
    }
    assert found == WITH_MODELS


def test_a_step_without_models_goes_both_ways_and_builds_none() -> None:
    class Models:
        @property
        def apps(self) -> None:
            pytest.fail("the classes of all models were built")

    done: list[object] = []
    editor: Any = object()
    step = WithoutModels(lambda *given: done.append(given), lambda *given: done.append(given))
    step.database_forwards("server", editor, Models(), Models())
    step.database_backwards("server", editor, Models(), Models())
    assert done == [(None, editor)] * 2
    with pytest.raises(NotImplementedError, match="backup"):
        WithoutModels(lambda *given: done.append(given)).database_backwards("server", editor, Models(), Models())


def test_application_refreshes_statistics_of_tables_it_does_not_own(app_connection: Any) -> None:
    app_connection.execute("INSERT INTO django_session SELECT 'k' || n, 'd', now() FROM generate_series(1, 500) AS n")
    app_connection.execute("SELECT refresh_statistics()")
    estimated = app_connection.execute("SELECT reltuples FROM pg_class WHERE relname = 'django_session'").fetchone()
    assert estimated == (500.0,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("ALTER TABLE django_session ADD COLUMN x int")


def test_refresh_works_for_the_application(app_role: None) -> None:
    statistics.refresh()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'django_migrations'")
        assert cursor.fetchone()[0] > 0
