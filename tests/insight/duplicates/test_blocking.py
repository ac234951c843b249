"""Blocking: names as keys, and the few candidates kept of many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.insight.duplicates import Reports, Window, rough, window
from bihuan.insight.duplicates.names import names, spell_key
from bihuan.insight.duplicates.related import Related

T0 = np.datetime64("2031-03-01T08:00:00", "s")


def told(*texts: str) -> list[tuple[str, ...]]:
    return [tuple(name for key in column if (name := spell_key(key))) for column in names(texts).T]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("路灯不亮", ()),
        ("东方红路堵车", ("方红路",)),
        ("ABCdef小区停水", ("def",)),
        ("绿洲里花园小区停水", ("绿洲里",)),
        ("A路B路口", ()),
        ("第一实验小学门口，第一实验小学后门，望江东路，长丰新村，石桥老街", ("验小学", "江东路", "丰新村")),
        ("，路", ()),
    ],
)
def test_names_are_found_by_their_endings(text: str, expected: tuple[str, ...]):
    assert told(text) == [expected]


@given(st.lists(st.text(alphabet="甲乙丙路街小区新村园,A \n", max_size=12), max_size=6))
def test_a_text_has_the_names_it_has_alone(texts: list[str]):
    assert told(*texts) == [told(text)[0] for text in texts]


def crowd(count: int, seed: int = 1) -> Reports:
    """Reports of two categories around one square, in order of time."""
    dice = np.random.default_rng(seed)
    hours = np.sort(dice.integers(0, 400, count))
    return Reports(
        [str(n) for n in range(count)],
        T0 + (hours * 3600).astype("timedelta64[s]"),
        110 + dice.normal(0, 1e-3, count),
        30 + dice.normal(0, 1e-3, count),
        kinds=[("lamp", "noise")[n] for n in dice.integers(2, size=count)],
    )


def test_of_a_crowd_the_nearest_of_the_category_are_kept():
    reports = crowd(1500)
    filled = Window(30)
    filled.add(reports)
    child = Reports(["x"], T0 + np.array([401 * 3600], "timedelta64[s]"), np.array([110.0]), np.array([30.0]),
                    kinds=["lamp"])  # fmt: skip
    pairs = filled.block(child)
    assert len(pairs.parent) == window.MOST
    assert len(set(pairs.parent.tolist())) == window.MOST
    kinds = np.array(reports.kinds)
    assert (kinds[pairs.parent] == "lamp").mean() > 0.6
    far = np.hypot(reports.lon - 110, reports.lat - 30)
    assert far[pairs.parent].mean() < far.mean()


def test_parts_keep_each_child_whole_and_lose_nobody(monkeypatch: pytest.MonkeyPatch):
    reports = crowd(300)
    whole = Window(30)
    whole.add(reports)
    before = whole.block(reports)
    monkeypatch.setattr(rough, "PART", 7)
    after = whole.block(reports)
    assert before.child.tolist() == after.child.tolist()
    assert before.parent.tolist() == after.parent.tolist()
    assert len(before.child) > 1000


def test_sketches_agree_in_as_many_bytes_as_they_do():
    dice = np.random.default_rng(3)
    here, there = (dice.integers(0, 3, size=(50, 8 * rough.WORDS), dtype=np.uint8) for _ in range(2))
    found = rough._alike(here.view(np.uint64), there.view(np.uint64), np.arange(50))
    plain = (here[:, -rough.SKETCHED :] == there[:, -rough.SKETCHED :]).mean(axis=1)
    np.testing.assert_allclose(found, plain, atol=1e-6)


def test_categories_seen_together_are_lifted_both_ways():
    together, keys = Related(), np.array([11, 22, 33], dtype=np.uint64)
    together.add(np.repeat(keys[:1], 50), np.repeat(keys[1:2], 50))
    together.add(np.repeat(keys[2:], 50), np.repeat(keys[2:], 50))
    lamp, pole, noise = keys[:1], keys[1:2], keys[2:]
    assert together.lift(lamp, pole) == together.lift(pole, lamp)
    assert together.lift(lamp, pole) > 0.5
    assert together.lift(lamp, noise) < -0.5
