"""What the database itself guards: districts, and that what a watch did and what a run said is never changed."""

from django.db import migrations

from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only, for_application_role

FENCED = ("watch_incident", "watch_event", "watch_run", "watch_silence")


class Migration(migrations.Migration):
    """Incidents and silences are moved, never removed."""

    dependencies = [("watches", "0001_initial")]
    operations = [
        *[district_policy(table) for table in FENCED],
        append_only("watch_event", "watch_run"),
        for_application_role(
            ["REVOKE DELETE, TRUNCATE ON watch_incident, watch_silence FROM {role}"],
            ["GRANT DELETE ON watch_incident, watch_silence TO {role}"],
        ),
    ]
