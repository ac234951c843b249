"""Reserved intervals of one resource never overlap, whoever writes; what waits is only ever added to."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from bihuan.books.interval_guards import APART, FUNCTION, STEPPED, TOGETHER, TRIGGER, UNDO
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import WithoutModels, append_only, for_application_role

FENCED = ("book_interval", "book_interval_step", "book_waiting", "book_waiting_end")


def pin_function(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Bind the function to the schema that the migration works in.

    Source: docs/adr/0260 (3, bound to their schema with temporary tables last)
    """
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = cursor.fetchone()[0]
    schema_editor.execute(f"ALTER FUNCTION {FUNCTION} SET search_path = {schema}, pg_temp", params=None)


class Migration(migrations.Migration):
    """The application inserts intervals and steps; the trigger of the owner moves states."""

    dependencies = [("books", "0003_reservations")]
    operations = [
        *[district_policy(table) for table in FENCED],
        append_only("book_interval_step", "book_waiting", "book_waiting_end"),
        for_application_role(
            ["REVOKE UPDATE, DELETE, TRUNCATE ON book_interval FROM {role}"],
            ["GRANT UPDATE, DELETE ON book_interval TO {role}"],
        ),
        migrations.RunSQL(APART, TOGETHER),
        migrations.RunSQL(STEPPED, migrations.RunSQL.noop),
        WithoutModels(pin_function, migrations.RunPython.noop),
        migrations.RunSQL(TRIGGER, UNDO),
    ]
