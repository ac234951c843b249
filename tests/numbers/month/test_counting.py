"""The cube of a month against an independent recount in plain SQL, written differently on purpose."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from bihuan.ledger import store as ledger
from bihuan.loop.kernel.model import Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append
from bihuan.numbers.counting import current_cut, cut_at, members, month_cube, part_of
from bihuan.numbers.cube import Count, Cube, cells_from_json, cells_to_json
from bihuan.numbers.periods import Month
from bihuan.rules.rates import Rate
from tests.loop.district import OPERATOR, programme, registers
from tests.numbers.month.recount import Counts, recount
from tests.numbers.month.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
MONTH = Month.parse("2026-10")


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
        assert set(names) == set(programme().indicator_ids), "the world must exercise every indicator"
        whole = month_cube(MONTH, registers=registers())
        for name in names:
            number = whole.one(name)
            assert isinstance(number, Count) or 0 < number.numerator < number.denominator, f"{name} says nothing here"
        assert any(out for _, _, out in counted.values())


def test_a_number_drills_down_to_its_cases(world: World, cube: Cube) -> None:
    found = members(MONTH, "resolution_rate", registers=registers())
    number = cube.one("resolution_rate")
    assert isinstance(number, Rate)
    assert len(part_of(found, "denominator")) == number.denominator
    assert len(part_of(found, "numerator")) == number.numerator
    assert len(part_of(found, "excluded")) == sum(number.exclusions.values()) > 0
    assert set(part_of(found, "numerator")) < set(part_of(found, "denominator"))
    assert {m.area for m in found} <= {a.code for a in registers().areas if a.level == "street"}
    assert {m.category for m in found} <= {"housing", "environment", "roads"}


def test_slices_add_up_to_the_district(cube: Cube) -> None:
    whole = cube.one("on_time_rate")
    assert isinstance(whole, Rate)
    for by in ("area", "unit", "category"):
        parts = [r for r in cube.slice("on_time_rate", by).values() if isinstance(r, Rate)]
        assert len(parts) > 1
        assert sum(parts[1:], parts[0]).to_json() == whole.to_json()
    assert cube.slice("on_time_rate", programme="another") == {}


def test_a_number_is_reproducible_from_its_cut(world: World) -> None:
    """What happened in the month but came into the log later does not change the number at the earlier cut."""
    cut = current_cut()
    before = month_cube(MONTH, cut=cut, registers=registers())
    at = datetime(2026, 10, 15, 4, tzinfo=UTC)
    data = {"channel": "web", "category": "roads.surface.pothole", "area": world.areas[0]}
    order = Order(Command("open", OPERATOR, at, data, {"text": "补录"}), programme="hotline", kind="request")
    assert append([order], facts=world.facts)[0].refusal is None
    queued = month_cube(MONTH, registers=registers())
    assert queued.cells == before.cells, "acknowledged, but not in the log yet"
    ledger.sequence_leaves()
    after = month_cube(MONTH, registers=registers())
    assert _volume(after) == _volume(before) + 1
    assert month_cube(MONTH, cut=cut_at(cut.size), registers=registers()).cells == before.cells
    assert CaseRow.objects.filter(opened_at=at).exists()


def _volume(cube: Cube) -> int:
    number = cube.one("volume")
    assert isinstance(number, Count)
    return number.count


def test_volume_per_ten_thousand_needs_a_population(cube: Cube) -> None:
    known = cube.slice("volume", population=lambda key: 40_000)["*"]
    assert isinstance(known, Count)
    assert known.value == known.count / 4
    assert cube.one("volume").to_json()["per_10000"] is None


def test_cells_survive_their_json_form(cube: Cube) -> None:
    assert cells_from_json(cells_to_json(reversed(cube.cells))) == tuple(sorted(cube.cells))


def test_every_number_says_how_it_was_counted(cube: Cube) -> None:
    for indicator, definition in cube.definitions.items():
        told = cube.one(indicator).to_json()
        assert told["definition"] == indicator
        assert told["version"] == f"{definition.edition}+{definition.digest}"
        assert told["data_cut"].endswith("Z")
        assert len(cube.queries[indicator]) == 64
