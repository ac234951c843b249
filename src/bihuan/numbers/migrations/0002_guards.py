"""A published month cannot be changed or removed; other districts' months are invisible."""

from django.db import migrations

from bihuan.server.roles import append_only


class Migration(migrations.Migration):
    dependencies = [("indicators", "0001_initial"), ("ledger", "0002_guards")]
    operations = [
        append_only("indicator_snapshot"),
        migrations.RunSQL(
            [
                "ALTER TABLE indicator_snapshot ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY district ON indicator_snapshot USING ("
                "district_id = nullif(current_setting('bihuan.district', true), ''))",
            ],
            [
                "DROP POLICY district ON indicator_snapshot",
                "ALTER TABLE indicator_snapshot DISABLE ROW LEVEL SECURITY",
            ],
        ),
    ]
