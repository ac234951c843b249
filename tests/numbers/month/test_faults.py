"""Invariant 6 can turn red: a number that does not follow its definition, its cut or its month is noticed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bihuan.ledger import store as ledger
from bihuan.numbers import counting
from bihuan.numbers.counting import cut_at, month_cube
from bihuan.numbers.periods import Month
from tests.loop.district import registers
from tests.numbers.month.recount import recount
from tests.numbers.month.test_counting import by_unit
from tests.numbers.month.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
MONTHS = ("2026-09", "2026-10", "2026-11")


def recounted() -> None:
    """Every number of every month is what the independent SQL says."""
    for month in MONTHS:
        assert by_unit(month_cube(Month.parse(month), registers=registers())) == recount(month)


def held_to_its_cut() -> None:
    """A number of half the log does not know the other half."""
    half, whole = (
        sum(c.denominator for c in month_cube(Month.parse("2026-11"), cut=cut, registers=registers()).cells)
        for cut in (cut_at(ledger.size() // 2), cut_at(ledger.size()))
    )
    assert half < whole, "what came after the cut is counted"


def exclusions_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What was excluded on appeal stays in the denominator."""
    _with(patch, lambda known: {**known, "appealable": []})


def the_cut_is_ignored(patch: pytest.MonkeyPatch) -> None:
    """Events after the published cut are counted too."""
    _with(patch, lambda known: {**known, "cut": 10**12})


def the_month_is_another(patch: pytest.MonkeyPatch) -> None:
    """Months begin and end a day late."""
    day = timedelta(days=1)
    _with(patch, lambda known: {**known, "start": known["start"] + day, "until": known["until"] + day})


def another_clock_decides(patch: pytest.MonkeyPatch) -> None:
    """Another clock than the declared one decides what was on time."""
    _with(patch, lambda known: {**known, "clocks": '{"hotline": "contact"}'})


def _with(patch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    kept = counting._parameters
    patch.setattr(counting, "_parameters", lambda *args: change(kept(*args)))


@pytest.mark.parametrize("play", [recounted, held_to_its_cut], ids=lambda play: play.__name__)
def test_without_a_fault_the_play_is_green(world: World, play: Callable[[], None]) -> None:
    play()


@pytest.mark.parametrize(
    ("fault", "play"),
    [
        (exclusions_are_forgotten, recounted),
        (the_month_is_another, recounted),
        (another_clock_decides, recounted),
        (the_cut_is_ignored, held_to_its_cut),
    ],
    ids=lambda each: each.__name__,
)
def test_the_fault_is_noticed(
    world: World, fault: Callable[[pytest.MonkeyPatch], None], play: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        play()
