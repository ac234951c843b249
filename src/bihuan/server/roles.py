"""Rights of the two database roles, as SQL for migrations.

The owner runs migrations and owns every table; the application role owns nothing and gets SELECT, INSERT, UPDATE and
DELETE on new tables by default privileges. An append-only table takes UPDATE, DELETE and TRUNCATE away again:

    operations = [migrations.CreateModel(...), append_only("loop_event")]
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from psycopg import sql


def default_privileges(role: str) -> list[str]:
    """Statements, run by the owner, that let `role` use tables and sequences created afterwards in this schema.

    Source: docs/adr/0040 (rights by default privileges).
    """
    name = _quoted(role)
    return [
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {name}",
    ]


class WithoutModels(migrations.RunPython):
    """A step of a migration whose code talks to the database alone; it is given no models (None).

    Django builds the classes of every model anew before each `RunPython`, in case its code asks for one: a tenth of a
    second for each of 130 steps that only send statements, more than half of what bringing up an empty database took.

    Source: docs/adr/0401 (a step that needs no models is given none)
    """

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: object, to_state: object
    ) -> None:
        """Run the code. Source: docs/adr/0401 (a step that needs no models is given none)."""
        self.code(None, schema_editor)  # type: ignore[arg-type]

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: object, to_state: object
    ) -> None:
        """Run the code of the way back.

        Raises:
            NotImplementedError: There is none.

        Source: docs/adr/0401 (a step that needs no models is given none).
        """
        if self.reverse_code is None:
            raise NotImplementedError("this step of a migration cannot be undone; restore a backup of before")
        self.reverse_code(None, schema_editor)  # type: ignore[arg-type]


def for_application_role(forward: Sequence[str], backward: Sequence[str]) -> WithoutModels:
    """Migration operation running SQL in which `{role}` stands for the application role.

    The role's name is a setting, so it is filled in when the migration runs, not when it is written.

    Source: docs/adr/0040 (two roles from the first table on)
    """

    def run(statements: Sequence[str], schema_editor: BaseDatabaseSchemaEditor) -> None:
        role = _quoted(settings.BIHUAN_APP_ROLE)
        for statement in statements:
            # Not str.format: SQL bodies may hold braces of their own.
            schema_editor.execute(statement.replace("{role}", role), params=None)

    return WithoutModels(
        lambda _apps, schema_editor: run(forward, schema_editor),
        lambda _apps, schema_editor: run(backward, schema_editor),
    )


def append_only(*tables: str) -> WithoutModels:
    """Migration operation: rows of `tables` can be neither changed nor removed by the application.

    Guarded twice: the right is taken from the role, and a trigger refuses even the owner.

    Source: docs/adr/0040 (taken from the role, and a trigger refuses even the owner).
    """
    forward, backward = [_FUNCTION], []
    for table in tables:
        name = _quoted(table)
        forward += [
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {name} FROM {{role}}",
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        ]
        backward += [f"DROP TRIGGER append_only ON {name}", f"GRANT UPDATE, DELETE ON {name} TO {{role}}"]
    return for_application_role(forward, backward)


_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % refused; record a new event instead', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$
"""


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)
