"""One small world in a lake, for the whole folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import transaction


class Filled(NamedTuple):
    """A lake, and the published cube of the same cut."""

    folder: Path
    cube: Any
    cases: int


@contextmanager
def filled_lake(folder: Path, django_db_blocker: Any) -> Iterator[Filled]:
    """About 120 cases over two months in a lake; the database forgets them in the end."""
    from bihuan.lake import sync
    from bihuan.numbers.counting import month_cube
    from bihuan.numbers.periods import Month
    from tests.loop.district import registers
    from tests.numbers.month.world import World

    with django_db_blocker.unblock(), transaction.atomic():
        world = World(seed=11, cases=120)
        sync.sync_lake(folder, registers=registers())
        yield Filled(folder, month_cube(Month.parse("2026-10"), registers=registers()), len(world.ids))
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def filled(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The lake of this folder's tests. A fixture of a package that a module elsewhere imports would last to the end."""
    with filled_lake(tmp_path_factory.mktemp("lake"), django_db_blocker) as made:
        yield made
