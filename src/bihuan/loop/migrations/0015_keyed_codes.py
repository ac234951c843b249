from collections.abc import Iterator
from typing import Any

from django.db import migrations

from bihuan.server.roles import WithoutModels

BATCH = 5_000
READ = "SELECT id, access_hash FROM loop_report WHERE access_hash IS NOT NULL AND id > %s ORDER BY id LIMIT %s"
WRITE = """
UPDATE loop_report r SET access_hash = n.hash FROM unnest(%s::uuid[], %s::bytea[]) AS n(id, hash) WHERE r.id = n.id
"""
FIRST = "00000000-0000-0000-0000-000000000000"


def forwards(apps: Any, editor: Any) -> None:
    """No hash remains against which somebody with the database alone could try codes."""
    from bihuan.loop.codes import keyed

    with editor.connection.cursor() as cursor:
        for rows in _rows(cursor):
            changed = [(key, new) for key, old in rows if (new := keyed(key, old)) != old]
            if changed:
                cursor.execute(WRITE, [[key for key, _ in changed], [new for _, new in changed]])


def _rows(cursor: Any) -> Iterator[list[tuple[Any, bytes]]]:
    last: Any = FIRST
    while True:
        cursor.execute(READ, [last, BATCH])
        rows = [(key, bytes(stored)) for key, stored in cursor.fetchall()]
        if not rows:
            return
        yield rows
        last = rows[-1][0]


class Migration(migrations.Migration):
    """Access codes that earlier versions hashed without a key are hashed with one; the codes stay good."""

    dependencies = [("loop", "0014_party_call")]

    operations = [WithoutModels(forwards, migrations.RunPython.noop)]
