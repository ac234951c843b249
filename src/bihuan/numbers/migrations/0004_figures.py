"""Indexes from which the counts of the present are read without the wide rows; beside a working installation."""

from django.db import migrations

INDEXES = {
    "loop_case_stock": "(district_id, state, programme, restricted, history, deadline) WHERE ended_at IS NULL",
    "loop_case_confirmed": "(district_id, ended_at) WHERE outcome = 'closed' AND history IS NULL",
    "loop_case_received": "(district_id, opened_at) WHERE history IS NULL",
}


class Migration(migrations.Migration):
    """Not in one transaction: a large index is made while cases come in."""

    atomic = False
    dependencies = [("indicators", "0003_cells"), ("loop", "0015_keyed_codes")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON loop_case {columns}", f"DROP INDEX IF EXISTS {name}"
        )
        for name, columns in INDEXES.items()
    ]
