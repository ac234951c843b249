"""Kept months: the same log is not counted twice, another log is never mistaken for it."""

from __future__ import annotations

from bihuan.numbers import kept
from bihuan.numbers.cube import Cell
from bihuan.numbers.periods import Cut

CELL = Cell("volume", "hotline", "", "", "", "", 1, 1)


class Counter:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> tuple[Cell, ...]:
        self.times += 1
        return (CELL._replace(numerator=self.times),)


def test_the_same_log_is_counted_once() -> None:
    count = Counter()
    assert kept.cells(("a", 1), "root-1", count) == kept.cells(("a", 1), "root-1", count)
    assert count.times == 1


def test_another_root_another_key_or_no_root_is_counted_again() -> None:
    count = Counter()
    for key, root in ((("b", 1), "root-1"), (("b", 1), "root-2"), (("b", 2), "root-2"), (("b", 3), ""), (("b", 3), "")):
        kept.cells(key, root, count)
    assert count.times == 5


def test_only_the_last_few_months_are_kept() -> None:
    count = Counter()
    for n in range(kept.MOST + 1):
        kept.cells(("c", n), "root", count)
    kept.cells(("c", 0), "root", count)
    assert count.times == kept.MOST + 2


def test_a_cut_is_shared_only_as_long_as_it_is_young_enough() -> None:
    sizes = iter(range(10))

    def now() -> Cut:
        return Cut(next(sizes), "", "")

    assert kept.recent_cut("x", 60, now) == kept.recent_cut("x", 60, now)
    assert kept.recent_cut("x", 0, now).size == 1
    assert kept.recent_cut("x", 60, now).size == 0
