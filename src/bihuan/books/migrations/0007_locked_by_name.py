"""Accounts are locked by their names, numbers found by an index that begins with them, however fast a journal grows."""

from functools import partial

from django.db import migrations, models

from bihuan.books.guards import INDEXED, KNOWN, LOCKED_NAMED, NAMED, WHOLE, pin_functions
from bihuan.server.roles import WithoutModels

LINES = "book_lines_posted()"


class Migration(migrations.Migration):
    """Three more functions, a quicker trigger; see docs/adr/0318."""

    dependencies = [("books", "0006_passes")]
    operations = [
        migrations.RemoveConstraint("EntryRow", "book_entry_once"),
        migrations.AddConstraint(
            "EntryRow", models.UniqueConstraint(fields=("key", "district_id", "book"), name="book_entry_once")
        ),
        migrations.RemoveIndex("EntryRow", "book_entry_day"),
        migrations.AddIndex(
            "EntryRow", models.Index(fields=["book", "district_id", "day", "id"], name="book_entry_day")
        ),
        migrations.RunSQL(LOCKED_NAMED + KNOWN, "".join(f"DROP FUNCTION {name}; " for name in NAMED)),
        migrations.RunSQL(WHOLE, migrations.RunSQL.noop),
        migrations.RunSQL(f"ALTER FUNCTION {LINES} {INDEXED}", f"ALTER FUNCTION {LINES} RESET ALL"),
        WithoutModels(partial(pin_functions, names=(*NAMED, "book_entry_whole()", LINES)), migrations.RunPython.noop),
    ]
