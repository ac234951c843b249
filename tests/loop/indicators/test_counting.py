"""The cube of a month against an independent recount in plain SQL, written differently on purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from bihuan.ledger import store as ledger
from bihuan.loop.indicators.counting import current_cut, cut_at, members, month_cube, part_of
from bihuan.loop.indicators.cube import Count, Cube, cells_from_json, cells_to_json
from bihuan.loop.indicators.periods import Month
from bihuan.loop.kernel.model import Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append
from bihuan.rules.rates import Rate
from tests.loop.district import OPERATOR, registers
from tests.loop.indicators.recount import Counts, recount
from tests.loop.indicators.world import World

pytestmark = pytest.mark.django_db
MONTH = Month.parse("2026-10")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for the whole module, rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World(seed=7, cases=120)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def cube(world: World, django_db_blocker: Any) -> Cube:
    with django_db_blocker.unblock():
        return month_cube(MONTH, registers=registers())


def by_unit(cube: Cube) -> Counts:
    """The cube's counts in the shape of the recount."""
    found: dict[tuple[str, str], list[int]] = {}
    for cell in cube.cells:
        sums = found.setdefault((cell.indicator, cell.unit), [0, 0, 0])
        if cell.excluded:
            sums[2] += cell.denominator
        else:
            sums[0] += cell.numerator
            sums[1] += cell.denominator
    return {key: (a, b, c) for key, (a, b, c) in found.items()}


@pytest.mark.parametrize("month", ["2026-09", "2026-10", "2026-11"])
def test_every_indicator_equals_an_independent_recount(world: World, month: str) -> None:
    counted = by_unit(month_cube(Month.parse(month), registers=registers()))
    assert counted == recount(month)
    if month == "2026-10":
        names = Counter(name for name, _ in counted)
        assert len(names) == 13, "the world must exercise every indicator"
        whole = month_cube(MONTH, registers=registers())
        for name in names:
            number = whole.one(name)
            assert isinstance(number, Count) or 0 < number.numerator < number.denominator, f"{name} says nothing here"
        assert any(out for _, _, out in counted.values())
