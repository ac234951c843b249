"""The private PostgreSQL, its two roles, and what the application may do."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


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


def test_app_role_fixture_switches_rights(app_role: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("bihuan_app",)
