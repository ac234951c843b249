"""The table behind Django's cache: rate limits and short-lived answers shared by all processes of an installation.

Unlogged: after a crash it is empty, which a cache may be, and writing it costs no write-ahead log.
"""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE server_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX server_cache_expires ON server_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.RunSQL(CREATE, "DROP TABLE server_cache")]
