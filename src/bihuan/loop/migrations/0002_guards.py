"""Append-only guard, serial of case numbers, district fence."""

from django.db import migrations

from bihuan.server.roles import append_only

FENCED = ("loop_case", "loop_event", "loop_event_private", "loop_report")


def _fence(table: str) -> migrations.RunSQL:
    """Rows of other districts are invisible; without a named district every row is."""
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY district ON {table} USING ("
            "district_id = nullif(current_setting('bihuan.district', true), ''))",
        ],
        [f"DROP POLICY district ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"],
    )


class Migration(migrations.Migration):
    dependencies = [("loop", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE loop_case_serial INCREMENT BY 64", "DROP SEQUENCE loop_case_serial"),
        append_only("loop_event"),
        *[_fence(table) for table in FENCED],
    ]
