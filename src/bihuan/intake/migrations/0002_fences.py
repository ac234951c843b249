"""District fence for what intake remembers."""

from django.db import migrations

from bihuan.registers.isolation import district_policy


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]
    operations = [
        district_policy(table) for table in ("intake_import", "intake_pending_merge", "intake_upward", "intake_surge")
    ]
