"""Models: the shipped file, training on known parents, words and a town never seen."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bihuan.insight.duplicates import Window, training
from bihuan.insight.duplicates.features import NAMES
from bihuan.insight.duplicates.model import AT, LinkRule, TrainedScorer, default_model, load_pair_model
from bihuan.insight.duplicates.synthetic import Difficulty, link_f1, make_events

LINK = 0.5  # score above which a link counts in synthetic figures


def test_synthetic_events_of_unseen_words_are_found():
    reports, event = make_events(600, half=1, seed=77)
    found = Window(30, threshold=LINK, top=1).follow(reports)
    _, _, f1 = link_f1([p[0].parent_id if p else None for p in found], reports, event)
    assert f1 >= 0.985


def test_text_alone_is_harder_and_far_better_than_chance():
    reports, event = make_events(600, Difficulty(located=0, kinds=False), half=1, seed=77)
    found = Window(30, threshold=LINK, top=1).follow(reports)
    precision, recall, _ = link_f1([p[0].parent_id if p else None for p in found], reports, event)
    assert precision > 0.75
    assert recall > 0.6


def test_link_f1_counts_by_hand():
    reports, _ = make_events(2, seed=1)
    rows = np.arange(4)
    reports = type(reports)([str(n) for n in rows], np.repeat(reports.times[:1], 4))
    precision, recall, f1 = link_f1([None, "0", "0", None], reports, np.array([5, 5, 6, 6]))
    assert (precision, recall, f1) == (0.5, 0.5, pytest.approx(0.5))


def test_shipped_model_holds_numbers_only_and_survives_a_round(tmp_path: Path):
    model = default_model()
    assert isinstance(model, TrainedScorer)
    model.save(tmp_path / "m.json")
    assert load_pair_model(tmp_path / "m.json") == model
    words = {w for w in json.dumps([model.trees, model.told]).replace("=", " ").split() if not w[0].isdigit()}
    assert not any("一" <= c <= "鿿" for w in words for c in w)
    assert not any(" St" in line or "101000" in line for line in (model.trees + model.told).splitlines())


NO_TREES = '{"format": 1, "trees": "x", "rule": 0, "slope": 1, "offset": 0, "told": "", "threshold": 0.5}'


@pytest.mark.parametrize("text", ["", "[]", '{"format": 99}', '{"format": 1, "nonsense": 2}', NO_TREES])
def test_a_file_that_is_no_model_is_refused_with_a_remedy(tmp_path: Path, text: str):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(ValueError, match="bihuan duplicates train"):
        load_pair_model(tmp_path / "m.json")


def test_nearer_is_never_worse_evidence():
    rows = np.full((50, len(NAMES)), np.nan)
    rows[:, AT["metres"]] = np.log1p(np.linspace(0, 500, 50))
    rows[:, AT["hours"]] = np.log1p(5.0)
    rows[:, AT["same_kind"]] = 1
    for model in (default_model(), LinkRule()):
        assert (np.diff(model.scores(rows, np.zeros(50, int))) <= 1e-9).all()


def test_training_learns_from_parents_and_says_when_there_are_too_few():
    reports, event = make_events(500, seed=5)
    first = {int(e): at for at, e in reversed(list(enumerate(event)))}
    parents = np.array([first[int(e)] if first[int(e)] != at else -1 for at, e in enumerate(event)])
    bare = type(reports)(reports.ids, reports.times, reports.lon, reports.lat, None, reports.kinds)
    compared = training.candidate_pairs(bare, 30)
    model = training.train_parents(compared, parents)
    again = training.train_parents(compared, parents)
    assert model == again
    late = np.arange(len(bare)) > 0.7 * len(bare)
    assert training.judge_parents(compared, parents, model, late).event > 0.9
    with pytest.raises(ValueError, match="40 are needed"):
        training.train_parents(compared, np.full(len(bare), -1))


def test_what_comes_later_changes_no_proposal():
    reports, _ = make_events(200, seed=3)
    cut = len(reports) // 2
    whole = Window(30, threshold=LINK, top=1).follow(reports)
    half = Window(30, threshold=LINK, top=1).follow(reports.take(np.arange(cut)))
    same = [[p.parent_id for p in a] == [p.parent_id for p in b] for a, b in zip(half, whole[:cut], strict=True)]
    assert np.mean(same) > 0.95  # what is common and what is a default place is counted by the batch
    place = {key: at for at, key in enumerate(reports.ids)}
    assert all(place[p.parent_id] < at for at, one in enumerate(whole) for p in one)


def test_proposing_loads_no_training_library():
    code = (
        "import sys, numpy as np\nfrom bihuan.insight.duplicates import Reports, Window\n"
        "times = np.array(['2031-01-01', '2031-01-02'], 'datetime64[s]')\n"
        "found = Window().follow(Reports(['a', 'b'], times, texts=['东湖路三号楼前的路灯不亮了'] * 2))\n"
        "print(found[1][0].parent_id, 'lightgbm' in sys.modules, 'sklearn' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["a", "False", "False"]
