"""Learning the weights: what is learnt is found again, and nothing of a text gets into the table."""

from __future__ import annotations

import json
from importlib import resources

import numpy as np

from bihuan.insight.places import fit as f

TITLES = ["A市金海棠小区停水", "投诉A3区青松路积水", "咨询A市购房补贴", "反映A市白杨小学补课", "请问怎么办理健康卡"]
PLACES = ["金海棠小区", "青松路", "", "白杨小学", ""]
SPANS = [(t.find(p), t.find(p) + len(p)) if p else None for t, p in zip(TITLES, PLACES, strict=True)]


def test_labels_are_learnt() -> None:
    made = f.build_design(TITLES)
    gold = f.label_rows(made, SPANS)
    assert (gold >= 0).all()
    assert f.best_spans(made, f.fit_weights(made, gold, penalty=0.01)) == SPANS


def test_the_gradient_leads_to_a_minimum() -> None:
    made = f.build_design(TITLES)
    gold = f.label_rows(made, SPANS)
    strong, weak = (np.abs(f.fit_weights(made, gold, penalty)).sum() for penalty in (10.0, 0.01))
    assert strong < weak


def test_a_label_that_is_no_candidate_is_left_out() -> None:
    assert f.label_rows(f.build_design(TITLES[:1]), [(0, 3)])[0] == -1


def test_the_shipped_table_holds_only_names_of_templates_and_numbers() -> None:
    text = resources.files("bihuan.insight.places").joinpath("tables", "weights.json").read_text(encoding="utf-8")
    assert text.isascii()
    assert all(isinstance(n, int | float) for pairs in json.loads(text)["weights"].values() for p in pairs for n in p)
