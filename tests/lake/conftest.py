"""One small world in a lake, for the whole folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import transaction


class Filled(NamedTuple):
    """A lake, and the published cube of the same cut."""

    folder: Path
    cube: Any
    cases: int


@pytest.fixture(scope="package")
def filled(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """About 120 cases over two months, synced in two goes."""
    from bihuan.lake import sync
    from bihuan.numbers.counting import month_cube
    from bihuan.numbers.periods import Month
    from tests.loop.district import registers
    from tests.numbers.month.world import World

    folder = tmp_path_factory.mktemp("lake")
    with django_db_blocker.unblock(), transaction.atomic():
        world = World(seed=11, cases=120)
        sync.sync_lake(folder, registers=registers())
        yield Filled(folder, month_cube(Month.parse("2026-10"), registers=registers()), len(world.ids))
        transaction.set_rollback(True)
