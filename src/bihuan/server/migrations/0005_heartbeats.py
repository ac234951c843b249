"""When each loop of the worker was last heard. Unlogged: after a crash nobody has been heard, which is true."""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE server_heartbeat (
    loop text PRIMARY KEY,
    pid integer NOT NULL,
    beat_at timestamptz NOT NULL,
    patience integer NOT NULL,
    failures integer NOT NULL
);
"""


class Migration(migrations.Migration):
    dependencies = [("server", "0004_kept")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE server_heartbeat")]
