"""What the database holds whoever writes: balance, bounds, mirrors, reservations, closed periods, districts."""

from django.db import migrations

from bihuan.books.guards import FUNCTIONS, TRIGGERS, UNDO, pin_functions
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import WithoutModels, append_only, for_application_role

OPENED = "district_id, book, name, subject, unit, normal, floor, ceiling, opened_at"
FENCED = ("book_account", "book_entry", "book_line", "book_hold", "book_release", "book_closing")


class Migration(migrations.Migration):
    """An account is opened by the application and moved by triggers alone."""

    dependencies = [("books", "0001_initial")]
    operations = [
        *[district_policy(table) for table in FENCED],
        append_only("book_entry", "book_line", "book_release", "book_closing"),
        for_application_role(
            [
                "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON book_account FROM {role}",
                f"GRANT INSERT ({OPENED}) ON book_account TO {{role}}",
                "REVOKE UPDATE, DELETE, TRUNCATE ON book_hold FROM {role}",
            ],
            ["GRANT INSERT, UPDATE, DELETE ON book_account TO {role}", "GRANT UPDATE, DELETE ON book_hold TO {role}"],
        ),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        WithoutModels(pin_functions, migrations.RunPython.noop),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
