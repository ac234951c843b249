"""What limits count within short windows, under keyed digests. Unlogged: a crash forgets it."""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE server_limit (
    name bytea PRIMARY KEY,
    since timestamptz NOT NULL,
    counted integer NOT NULL
);
CREATE INDEX server_limit_since ON server_limit (since);
"""


class Migration(migrations.Migration):
    dependencies = [("server", "0005_heartbeats")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE server_limit")]
