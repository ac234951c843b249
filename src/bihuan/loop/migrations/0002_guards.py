"""Append-only guard, serial of case numbers, district fence."""

from django.db import migrations

from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

FENCED = ("loop_case", "loop_event", "loop_event_private", "loop_report")


class Migration(migrations.Migration):
    dependencies = [("loop", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE loop_case_serial INCREMENT BY 64", "DROP SEQUENCE loop_case_serial"),
        append_only("loop_event"),
        *[district_policy(table) for table in FENCED],
    ]
