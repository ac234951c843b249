"""The two roles of the database, and what the application may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, migrations, transaction
from django.db.migrations.state import ProjectState

from bihuan.server.roles import append_only

pytestmark = pytest.mark.django_db


def run(operation: migrations.RunPython, *, backwards: bool = False) -> None:
    state = ProjectState()
    with connection.schema_editor() as editor:
        step = operation.database_backwards if backwards else operation.database_forwards
        step("server", editor, state, state)


@pytest.fixture
def record(transactional_db: None) -> Iterator[str]:
    """An append-only table made by the owner, as a migration would."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE probe_record (id serial PRIMARY KEY, text text)")
    run(append_only("probe_record"))
    yield "probe_record"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE probe_record")


def test_application_role_owns_nothing(app_connection: Any) -> None:
    owned = app_connection.execute(
        """SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = current_user
           UNION ALL SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = current_user
           UNION ALL SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = current_user
           UNION ALL SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = current_user"""
    ).fetchall()
    assert owned == []


def test_application_role_is_no_superuser_and_creates_no_table(app_connection: Any) -> None:
    rights = app_connection.execute(
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert rights == (False, False, False, False)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("CREATE TABLE mine (id int)")


def test_application_role_reads_and_writes_migrated_tables(app_connection: Any) -> None:
    app_connection.execute(
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('k', 'd', now())"
    )
    assert app_connection.execute("SELECT count(*) FROM django_session").fetchone() == (1,)


def test_append_only_lets_the_application_insert_and_nothing_else(record: str, app_connection: Any) -> None:
    app_connection.execute("INSERT INTO probe_record (text) VALUES ('a')")
    for statement in ("UPDATE probe_record SET text = 'b'", "DELETE FROM probe_record", "TRUNCATE probe_record"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_connection.execute(statement)
    assert app_connection.execute("SELECT text FROM probe_record").fetchall() == [("a",)]
    rights = "SELECT " + ", ".join(
        f"has_table_privilege('probe_record', '{right}')" for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
    )
    assert app_connection.execute(rights).fetchone() == (True, False, False, False)


def test_append_only_refuses_even_the_owner_and_says_what_to_do(record: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO probe_record (text) VALUES ('a')")
        for statement in ("UPDATE probe_record SET text = 'b'", "DELETE FROM probe_record"):
            with pytest.raises(DatabaseError, match=r"append-only.*record a new event"), transaction.atomic():
                cursor.execute(statement)


def test_append_only_can_be_reversed(record: str, app_connection: Any) -> None:
    run(append_only("probe_record"), backwards=True)
    app_connection.execute("INSERT INTO probe_record (text) VALUES ('a')")
    app_connection.execute("DELETE FROM probe_record")
    assert app_connection.execute("SELECT count(*) FROM probe_record").fetchone() == (0,)


def test_app_role_fixture_switches_rights(app_role: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("bihuan_app",)


def test_cache_is_shared_by_processes_through_the_database(app_role: None) -> None:
    cache.set("limit", 3, 60)
    assert cache.get("limit") == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM server_cache")
        assert cursor.fetchone() == (1,)


def test_statements_are_counted(app_role: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_statements")
        assert cursor.fetchone() is not None
