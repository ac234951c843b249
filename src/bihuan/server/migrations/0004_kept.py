"""Plans, draws, models, places, briefings and a city's programmes as rows."""

from django.db import migrations

CREATE = """
CREATE TABLE server_kept (
    room varchar(32) NOT NULL,
    name varchar(200) NOT NULL,
    revision integer NOT NULL CHECK (revision > 0),
    content bytea NOT NULL,
    sha256 varchar(64) NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (room, name, revision)
)
"""


class Migration(migrations.Migration):
    dependencies = [("server", "0003_no_queue")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE server_kept")]
