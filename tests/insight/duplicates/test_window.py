"""The window: finds the planted parent, keeps its promises about time, ids and expiry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.insight.duplicates import Reports, Window
from bihuan.insight.duplicates.chains import PostingChains

T0 = np.datetime64("2031-03-01T08:00:00", "s")


def at(hours: float) -> np.datetime64:
    return T0 + np.timedelta64(round(hours * 3600), "s")


def reports(*rows: tuple[str, float, float, float, str, str]) -> Reports:
    """Rows of id, hours, metres east, metres north, category, text."""
    ids, hours, east, north, kinds, texts = zip(*rows, strict=True)
    lat = 30.0 + np.array(north) / 111_320
    lon = 110.0 + np.array(east) / (111_320 * np.cos(np.radians(30.0)))
    return Reports(list(ids), np.array([at(h) for h in hours]), lon, lat, list(texts), list(kinds))


LAMP = ("path_light", "东湖路三号楼前的路灯不亮了")
NOISE = ("noise", "站前广场夜里跳舞音乐声太大")


def test_the_report_at_the_same_place_is_the_parent():
    window = Window(threshold=0.0)
    window.add(reports(("a", 0, 0, 0, *LAMP), ("b", 1, 3000, 0, *NOISE)))
    found = window.propose(reports(("c", 5, 8, 0, *LAMP)))
    assert found[0][0].parent_id == "a"
    assert found[0][0].score > 0.5
    assert "distance:8" in found[0][0].reasons
    assert len(window) == 2


def test_texts_alone_are_enough():
    window = Window()
    times = np.array([at(0), at(3)])
    texts = ["丽景新城二期昨晚开始停水到现在没来", "幸福大街修路堵车半个月没人管"]
    window.add(Reports(["a", "b"], times, texts=texts))
    child = Reports(["c"], np.array([at(9)]), texts=["丽景新城二期昨天晚上开始停水，现在还没来"])
    assert window.propose(child)[0][0].parent_id == "a"


def test_a_parent_is_never_later_nor_the_report_itself():
    window = Window(threshold=0.0)
    rows = reports(("a", 0, 0, 0, *LAMP), ("b", 1, 1, 0, *LAMP), ("c", 2, 2, 0, *LAMP))
    found = window.follow(rows)
    assert [{p.parent_id for p in one} for one in found] == [set(), {"a"}, {"a", "b"}]
    assert {p.parent_id for p in window.propose(rows)[1]} == {"a"}


def test_what_is_older_than_the_window_or_dropped_is_no_parent():
    window = Window(days=10, threshold=0.0)
    window.add(reports(("a", 0, 0, 0, *LAMP), ("b", 24 * 9, 0, 0, *LAMP)))
    child = reports(("c", 24 * 11, 0, 0, *LAMP))
    assert [p.parent_id for p in window.propose(child)[0]] == ["b"]
    window.drop({"b"})
    assert window.propose(child) == [[]]


def test_expiry_keeps_room_and_answers():
    window = Window(days=5, threshold=0.0, room=64)
    for day in range(60):
        rows = [(f"{day}-{n}", 24 * day + n, 700 * n, 0, *LAMP) for n in range(20)]
        found = window.follow(reports(*rows))
    assert len(window) < 400
    assert found[3][0].parent_id == "58-3"


def test_a_report_without_a_time_gets_no_proposal_and_stops_nobody():
    window = Window(threshold=0.0)
    times = np.array([at(0), np.datetime64("NaT", "s"), at(1)])
    texts = [LAMP[1]] * 3
    assert [len(p) for p in window.follow(Reports(["a", "b", "c"], times, texts=texts))] == [0, 0, 1]


def test_a_default_coordinate_is_no_evidence():
    window = Window(threshold=0.0, top=99)
    rows = [(f"d{n}", n / 10, 0, 0, f"kind{n % 30}", "") for n in range(90)]
    window.add(reports(*rows))
    found = window.propose(reports(("c", 20, 0, 0, "other", "")))
    assert found == [[]]


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="texts has 1 entries for 2 ids"):
        Reports(["a", "b"], np.array([at(0), at(1)]), texts=["x"])


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=40), st.integers(1, 9))
def test_chains_find_what_a_dictionary_finds(steps: list[tuple[int, bool]], cut: int):
    chains, plain = PostingChains(4), {}
    batch: list[tuple[int, int]] = []
    for slot, (key, flush) in enumerate(steps):
        batch.append((key, slot))
        if flush or slot == len(steps) - 1:
            keys, slots = (np.array(side) for side in zip(*batch, strict=True))
            chains.add((keys * 0x123456789ABCDF).astype(np.uint64), slots)
            for k, s in batch:
                plain.setdefault(k, []).append(s)
            batch = []
    asked = np.arange(1, 7)
    found, slots = chains.lookup(
        (asked * 0x123456789ABCDF).astype(np.uint64), np.full(6, 10**6, np.int32), np.full(6, 10**6, np.int32)
    )
    for place, key in enumerate(asked):
        assert sorted(slots[found == place].tolist(), reverse=True) == plain.get(int(key), [])[::-1]
    moved = np.array([slot // cut if slot % cut == 0 else -1 for slot in range(len(steps))], dtype=np.int32)
    chains.keep(moved)
    found, slots = chains.lookup(
        (asked * 0x123456789ABCDF).astype(np.uint64), np.full(6, 10**6, np.int32), np.full(6, 10**6, np.int32)
    )
    for place, key in enumerate(asked):
        kept = [s // cut for s in plain.get(int(key), []) if s % cut == 0]
        assert sorted(slots[found == place].tolist()) == kept
