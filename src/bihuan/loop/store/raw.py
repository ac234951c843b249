"""A psycopg cursor of its own kind: server-side binding, so that a statement is planned once per connection.

Django's cursors bind on the client; then `prepare` has no effect and long arrays are quoted in Python.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def raw_cursor() -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    """A server-side binding cursor on Django's connection, inside its transaction and with its exceptions."""
    connection.ensure_connection()
    session = connection.connection
    assert session is not None
    with connection.wrap_database_errors, psycopg.Cursor(session) as cursor:
        yield cursor
