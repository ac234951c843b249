"""One small world for the whole folder: built once, rolled back at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """About 120 cases over two months (imports wait until Django is set up)."""
    from tests.numbers.month.world import World

    with django_db_blocker.unblock(), transaction.atomic():
        made = World(seed=7, cases=120)
        with connection.cursor() as cursor:  # what is not committed is not seen by who keeps statistics otherwise
            cursor.execute("ANALYZE loop_event, loop_case, ledger_entry")
        yield made
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def cube(world: Any, django_db_blocker: Any) -> Any:
    """The middle month of the world."""
    from bihuan.numbers.counting import month_cube
    from bihuan.numbers.periods import Month
    from tests.loop.district import registers

    with django_db_blocker.unblock():
        return month_cube(Month.parse("2026-10"), registers=registers())
