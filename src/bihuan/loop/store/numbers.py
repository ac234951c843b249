"""Case numbers: date and serial, taken from a database sequence in blocks so that a create costs no statement."""

import os
import threading
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

BLOCK = 64  # the sequence's increment; numbers lost at a restart leave gaps, never doubles

_lock = threading.Lock()
_pool: dict[str, list[int]] = {}
os.register_at_fork(after_in_child=_pool.clear)  # serials taken before a fork belong to the parent alone


def take_serials(count: int) -> list[int]:
    """`count` serials that nobody else has or will get."""
    key = f"{connection.settings_dict['NAME']}:{connection.settings_dict['PORT']}"
    with _lock:
        pool = _pool.setdefault(key, [])
        if len(pool) < count:
            blocks = -(-(count - len(pool)) // BLOCK)
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval('loop_case_serial') FROM generate_series(1, %s)", [blocks])
                starts = [row[0] for row in cursor.fetchall()]
            pool += [start + i for start in starts for i in range(BLOCK)]
        taken, _pool[key] = pool[:count], pool[count:]
        return taken


def number(serial: int, at: datetime, zone: ZoneInfo) -> str:
    """Return a number people can read out: two-digit year, month, day and the serial."""
    return f"{at.astimezone(zone):%y%m%d}{serial:07d}"
