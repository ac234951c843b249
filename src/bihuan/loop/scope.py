"""The district a connection works for: the second fence (row-level security) reads it.

The first fence is `visible_to`. A connection that has named no district sees no fenced row at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from bihuan.registers.isolation import SETTING

_KNOWN = "bihuan_district"


def ensure(code: str) -> None:
    """Let this connection work for one district from now on; costs a statement only when it changes.

    Inside a transaction the setting is made but not remembered: a rollback would undo it.

    Source: DESIGN §7 (row-level security: district isolation by a setting of the session)
    """
    connection.ensure_connection()  # a session that is only opened now has forgotten what this object remembers
    if getattr(connection, _KNOWN, None) == code:
        return
    _set(code, local=False)
    if not connection.in_atomic_block:
        setattr(connection, _KNOWN, code)


def current() -> str:
    """Return the district this connection works for now; empty when it has named none.

    Source: DESIGN §7 (row-level security: district isolation by a setting of the session)
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
        return str(cursor.fetchone()[0])


@contextmanager
def district(code: str) -> Iterator[None]:
    """Work for one district until the transaction ends.

    Source: DESIGN §7 (row-level security: district isolation by a setting of the session)
    """
    if getattr(connection, _KNOWN, None) != code:
        _set(code, local=True)
    yield


def forget_district(sender: Any, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """A new database session knows no district yet (signal `connection_created`).

    Source: DESIGN §7 (row-level security: district isolation by a setting of the session)
    """
    setattr(connection, _KNOWN, None)


def _set(code: str, *, local: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, %s)", [SETTING, code, local])
