"""One import of a source at a time: a second one waits for the first and then finds its rows unchanged.

The lock is PostgreSQL's own and ends with its connection, also when the process is killed. It has a connection of its
own, because an import closes the others before it forks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from django.db import connection


@contextmanager
def one_at_a_time(district: str, source: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of a source; `waiting` is called once when another import holds it.

    Source: docs/topics/import.md, "Import a file" (two imports of one source wait for each other).
    """
    key = int.from_bytes(sha256(f"import|{district}|{source}".encode()).digest()[:8], signed=True)
    own = connection.get_new_connection(connection.get_connection_params())
    try:
        own.autocommit = True
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
            if not cursor.fetchone()[0]:
                waiting()
                cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        yield
    finally:
        own.close()
