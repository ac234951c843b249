"""While a district is played into the database the clocks and notices of the worker wait.

The play sends every command of the past at its own moment, ticks too; a worker beside it would tick the same cases
first and tell invented people. The mark is a lock of the playing session, so it ends with it, whatever happens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

LOCK = 0x6269_6875_616E_706C
"""The advisory lock of whoever plays ("bihuanpl")."""

_plays_here: ContextVar[bool] = ContextVar("plays_here", default=False)


@contextmanager
def playing() -> Iterator[None]:
    """Hold the clocks of every worker until the block ends; one play at a time.

    Source: docs/topics/simulator.md, "Beside a running server".
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    mine = _plays_here.set(True)
    try:
        yield
    finally:
        _plays_here.reset(mine)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def is_played() -> bool:
    """Return whether somebody is playing now. Source: docs/topics/simulator.md, "Beside a running server"."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [LOCK])
        return not cursor.fetchone()[0]


def is_past() -> bool:
    """Return whether what happens now is played, by us or by somebody else: nobody is told of it outside the house.

    Source: docs/topics/notices.md (imported and played history is not told to anybody).
    """
    return _plays_here.get() or is_played()
