"""Near-duplicate groups against the definition: exact Jaccard similarity of shingle sets, all pairs."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.insight.duplicates.near import near_duplicate_groups
from bihuan.insight.duplicates.text import MinHash, fold_texts, jaccard, shape_for, shingle_sets, shingles

PLACES = ["东湖路", "站前广场", "三号楼", "菜市场北门", "Elm Street"]
WRONGS = ["路灯坏了没人修", "夜里施工太吵", "井盖丢失很危险", "垃圾堆放一周了", "street light is out"]


def test_width_case_spaces_and_punctuation_do_not_count():
    groups = near_duplicate_groups(["Ａ３区路灯坏了，请维修", "a3区 路灯坏了请维修！", "别的事情"])
    assert groups.tolist() == [0, 0, 1]


def test_empty_texts_stay_alone():
    assert near_duplicate_groups(["", "  。", "", "x"]).tolist() == [0, 1, 2, 3]
    assert near_duplicate_groups([]).tolist() == []


def test_threshold_outside_zero_and_one_is_refused():
    with pytest.raises(ValueError, match="not within"):
        near_duplicate_groups(["a"], threshold=1.5)


def _shingle_sets(texts: list[str]) -> list[set[str]]:
    folded = ["".join(map(chr, fold_texts([t])[0])) for t in texts]
    return [{t[i : i + 3] for i in range(len(t))} for t in folded]


@given(st.lists(st.text(alphabet="路灯坏了ab", max_size=12), min_size=2, max_size=8))
def test_jaccard_is_that_of_the_sets(texts: list[str]):
    plain = _shingle_sets(texts)
    pairs = list(combinations(range(len(texts)), 2))
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    expected = [len(plain[a] & plain[b]) / max(len(plain[a] | plain[b]), 1) for a, b in pairs]
    assert jaccard(shingle_sets(shingles(texts)), left, right) == pytest.approx(expected)


def test_groups_equal_those_of_all_pairs_compared():
    dice = np.random.default_rng(4)
    base = [f"{p}{w}{n}号附近{w[::-1]}" for p in PLACES for w in WRONGS for n in range(1, 9, 3)]
    texts = [t if dice.random() < 0.5 else t[:-1] + "吗" for t in base for _ in range(3)]
    plain = _shingle_sets(texts)
    groups = near_duplicate_groups(texts, 0.8)
    linked = [
        (a, b)
        for a, b in combinations(range(len(texts)), 2)
        if len(plain[a] & plain[b]) / len(plain[a] | plain[b]) >= 0.8
    ]
    assert all(groups[a] == groups[b] for a, b in linked)
    reached = list(range(len(texts)))
    for a, b in linked:  # relabelling; slow and plainly right
        old, new = reached[b], reached[a]
        reached = [new if r == old else r for r in reached]
    assert len(set(groups.tolist())) == len(set(reached)) < len(texts)


def test_signatures_estimate_the_similarity():
    texts = ["中山路与解放路路口的路灯坏了三天没人修", "中山路与解放路路口路灯坏了三天没有人来修"]
    found = shingles(texts)
    signature = MinHash(bands=500, rows=1).signatures(found)
    exact = jaccard(shingle_sets(found), np.array([0]), np.array([1]))[0]
    assert (signature[:, 0] == signature[:, 1]).mean() == pytest.approx(exact, abs=0.08)


def test_band_shapes_keep_what_they_promise():
    for threshold in (0.3, 0.5, 0.8, 0.95):
        bands, rows = shape_for(threshold)
        assert (1 - threshold**rows) ** bands <= 0.005
        assert bands * rows <= 96


def test_real_messages_form_a_few_groups(shared_data: Path):
    from bihuan.cli.frames import read_frame

    texts = read_frame(shared_data / "data/complaints/messages_2019_q1_q3.xlsx", "messages-zh").texts()
    groups = near_duplicate_groups(texts)
    share = 1 - len(set(groups.tolist())) / len(texts)
    assert 0.02 < share < 0.15
    assert (groups == near_duplicate_groups(texts)).all()
