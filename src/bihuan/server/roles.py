"""Rights of the two database roles, as SQL for migrations.

The owner runs migrations and owns every table; the application role owns nothing and gets SELECT, INSERT, UPDATE and
DELETE on new tables by default privileges. An append-only table takes UPDATE, DELETE and TRUNCATE away again:

    operations = [migrations.CreateModel(...), append_only("loop_event")]
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import migrations
from psycopg import sql


def default_privileges(role: str) -> list[str]:
    """Statements, run by the owner, that let `role` use tables and sequences created afterwards in this schema."""
    name = _quoted(role)
    return [
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {name}",
    ]


class ForApplicationRole(migrations.RunSQL):
    """Run SQL in which `{role}` stands for the application role's name, known only when the migration runs."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._run_sql(schema_editor, _filled(self.sql))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._run_sql(schema_editor, _filled(self.reverse_sql))


def append_only(*tables: str) -> ForApplicationRole:
    """Migration operation: rows of `tables` can be neither changed nor removed by the application.

    Guarded twice: the right is taken from the role, and a trigger refuses even the owner.
    """
    forward, backward = [_FUNCTION], []
    for table in tables:
        name = _quoted(table)
        forward += [
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {name} FROM {{role}}",
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        ]
        backward += [f"DROP TRIGGER append_only ON {name}", f"GRANT UPDATE, DELETE ON {name} TO {{role}}"]
    return ForApplicationRole(forward, backward)


_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % refused; record a new event instead', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$
"""


def _filled(statements: Any) -> Any:
    role = _quoted(settings.BIHUAN_APP_ROLE)
    # Not str.format: SQL bodies may hold braces of their own.
    return [statement.replace("{role}", role) for statement in statements]


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)
